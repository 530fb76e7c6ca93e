internal import VDBPrimitives

/// The runs of the curve (`ZOrder`) that hold some rectangles.
///
/// Squares are quartered as long as the runs stay few; those that are wholly inside are done, those
/// that the border cuts go in whole at the end. So the runs hold more than the rectangles, along
/// the border: about as much of it as a square is wide.
///
/// H. Tropf and H. Herzog, "Multidimensional Range Search in Dynamically Balanced Trees",
/// Angewandte Informatik 2/1981.
struct CurveCover {
    /// Ascending, apart from each other.
    private(set) var ranges: [CellRange] = []
    /// Whether they hold nothing but the rectangles.
    let isExact: Bool

    /// Runs that a cover may have, about.
    private static let rangeLimit = 48

    /// A square whose side is a power of two.
    private struct Square {
        let latitude: UInt64
        let longitude: UInt64
        /// log₂ of the side.
        let shift: UInt64

        var latitudes: CellRange { CellRange(latitude, latitude + (1 << shift) - 1) }
        var longitudes: CellRange { CellRange(longitude, longitude + (1 << shift) - 1) }

        var keys: CellRange {
            let low = ZOrder.key(
                latitude: UInt32(truncatingIfNeeded: latitude),
                longitude: UInt32(truncatingIfNeeded: longitude))
            return CellRange(low, shift == 32 ? .max : low + (1 << (2 * shift)) - 1)
        }

        var quarters: [Square] {
            let half: UInt64 = 1 << (shift - 1)
            return [
                Square(latitude: latitude, longitude: longitude, shift: shift - 1),
                Square(latitude: latitude + half, longitude: longitude, shift: shift - 1),
                Square(latitude: latitude, longitude: longitude + half, shift: shift - 1),
                Square(latitude: latitude + half, longitude: longitude + half, shift: shift - 1),
            ]
        }
    }

    init(_ rectangles: [CellRectangle]) {
        var inside: [CellRange] = []
        var cut = rectangles.isEmpty ? [] : [Square(latitude: 0, longitude: 0, shift: 32)]
        while let first = cut.first, first.shift > 0,
            inside.count + 2 * cut.count <= Self.rangeLimit
        {
            var next: [Square] = []
            for square in cut.lazy.flatMap(\.quarters) {
                let (latitudes, longitudes) = (square.latitudes, square.longitudes)
                let near = rectangles.filter {
                    $0.overlaps(latitude: latitudes, longitude: longitudes)
                }
                if near.isEmpty { continue }
                if near.contains(where: {
                    $0.contains(latitude: latitudes, longitude: longitudes)
                }) {
                    inside.append(square.keys)
                } else {
                    next.append(square)
                }
            }
            cut = next
        }
        isExact = cut.isEmpty
        ranges = CellRange.union(inside + cut.map(\.keys))
    }
}
