internal import CVDBKernels

/// Which of up to 64 neighbouring cells of a column match, one bit for each.
package enum CellKernel {
    /// Bit i set: cell i is in `low` … `low + span`, which fits a cell. Bits from `count` on are 0.
    ///
    /// - Parameter cells: `count` cells of `width`, aligned to it.
    @inline(__always)
    package static func within(
        _ cells: UnsafeRawPointer, width: CellWidth, count: Int, low: UInt64, span: UInt64
    ) -> UInt64 {
        vdb_cells_within(cells, width.size, count, low, span)
    }

    /// What bounds on their distances say of places.
    @inline(__always)
    package static func places(
        within circle: CellCircle, latitudes: UnsafePointer<UInt32>,
        longitudes: UnsafePointer<UInt32>, count: Int
    ) -> (inside: UInt64, outside: UInt64) {
        var known = vdb_circle(
            latitude: circle.latitude, longitude: circle.longitude, step: circle.step,
            turn: circle.turn, cosine: circle.cosine, sine: circle.sine, inner: circle.inner,
            outer: circle.outer)
        var (inside, outside): (UInt64, UInt64) = (0, 0)
        vdb_places_within(&known, latitudes, longitudes, count, &inside, &outside)
        return (inside, outside)
    }
}

/// A circle on the sphere, for places given by cells.
package struct CellCircle: Sendable, Hashable {
    /// The centre, in cells.
    let latitude: Double
    let longitude: Double
    /// Radians of a cell, and cells of all longitudes.
    let step: Double
    let turn: Double
    /// Of the centre's latitude.
    let cosine: Double
    let sine: Double
    /// The squared sine of half the angle of the radius, less and more what rounding may make.
    let inner: Double
    let outer: Double

    private static let rounding = 1e-9

    /// - Parameters:
    ///   - latitude, longitude: the centre, in cells, of which `turn` go round.
    ///   - step: radians of a cell.
    ///   - cosine, sine: of the centre's latitude.
    ///   - limit: the squared sine of half the angle of the radius.
    package init(
        latitude: UInt64, longitude: UInt64, step: Double, turn: UInt64, cosine: Double,
        sine: Double, limit: Double
    ) {
        self.latitude = Double(latitude)
        self.longitude = Double(longitude)
        self.step = step
        self.turn = Double(turn)
        self.cosine = cosine
        self.sine = sine
        inner = limit * (1 - Self.rounding)
        outer = limit * (1 + Self.rounding)
    }

    /// Cells from the centre to a latitude; exact.
    package func north(_ cell: UInt64) -> Double { Double(cell) - latitude }

    /// Cells from the centre to a longitude; exact.
    package func east(_ cell: UInt64) -> Double { Double(cell) - longitude }
}
