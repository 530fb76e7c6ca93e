internal import CVDBKernels

/// Which of many neighbouring cells of columns match: sets of entries, with bit i % 64 of word
/// i / 64 for entry i, in as many words as the entries need.
package enum CellKernel {
    /// Adds the cells that are in `low` … `low + span`, which fits a cell, to a set.
    ///
    /// - Parameter cells: `count` cells of `width`, aligned to it.
    @inline(__always)
    package static func within(
        _ cells: UnsafeRawPointer, width: CellWidth, count: Int, low: UInt64, span: UInt64,
        addingTo bits: UnsafeMutablePointer<UInt64>
    ) {
        vdb_cells_within(cells, width.size, count, low, span, bits)
    }

    /// Writes the places of `count` keys of `ZOrder`.
    package static func places(
        ofKeys keys: UnsafePointer<UInt64>, count: Int,
        latitudes: UnsafeMutablePointer<UInt32>, longitudes: UnsafeMutablePointer<UInt32>
    ) {
        vdb_places_of_keys(keys, count, latitudes, longitudes)
    }

    /// Adds the places in two ranges of cells, given by their least cells and their spans, to a
    /// set.
    @inline(__always)
    package static func places(
        latitude: (low: UInt32, span: UInt32), longitude: (low: UInt32, span: UInt32),
        latitudes: UnsafePointer<UInt32>, longitudes: UnsafePointer<UInt32>, count: Int,
        addingTo bits: UnsafeMutablePointer<UInt64>
    ) {
        var box = vdb_box(
            latitude: latitude.low, latitude_span: latitude.span, longitude: longitude.low,
            longitude_span: longitude.span)
        vdb_places_in_box(&box, latitudes, longitudes, count, bits)
    }

    /// Takes the places that are surely not within a circle out of a set, which has none but
    /// these `count`; `open` becomes those of the others that are not surely within it.
    @inline(__always)
    package static func keepPlaces(
        within circle: CellCircle, latitudes: UnsafePointer<UInt32>,
        longitudes: UnsafePointer<UInt32>, count: Int, in bits: UnsafeMutablePointer<UInt64>,
        open: UnsafeMutablePointer<UInt64>
    ) {
        var known = vdb_circle(
            latitude: circle.latitude, longitude: circle.longitude, step: circle.step,
            turn: circle.turn, cosine: circle.cosine, sine: circle.sine, inner: circle.inner,
            outer: circle.outer)
        vdb_places_in_circle(&known, latitudes, longitudes, count, bits, open)
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
