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
    private static let rangeLimit = 20

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

        /// One of its four quarters.
        func quarter(_ number: UInt64) -> Square {
            let half: UInt64 = 1 << (shift - 1)
            return Square(
                latitude: latitude + (number & 1) * half,
                longitude: longitude + (number >> 1) * half, shift: shift - 1)
        }
    }

    init(_ rectangles: [CellRectangle]) {
        var inside: [CellRange] = []
        var cut = rectangles.isEmpty ? [] : [Square(latitude: 0, longitude: 0, shift: 32)]
        var next: [Square] = []
        inside.reserveCapacity(2 * Self.rangeLimit)
        cut.reserveCapacity(2 * Self.rangeLimit)
        next.reserveCapacity(2 * Self.rangeLimit)
        while let first = cut.first, first.shift > 0,
            inside.count + 2 * cut.count <= Self.rangeLimit
        {
            for square in cut {
                for number in 0..<4 as Range<UInt64> {
                    let quarter = square.quarter(number)
                    switch Self.part(of: quarter, in: rectangles) {
                    case .none: break
                    case .all: inside.append(quarter.keys)
                    case .some: next.append(quarter)
                    }
                }
            }
            swap(&cut, &next)
            next.removeAll(keepingCapacity: true)
        }
        isExact = cut.isEmpty
        inside.append(contentsOf: cut.lazy.map(\.keys))
        ranges = CellRange.union(inside)
    }

    /// How much of a square lies in one of the rectangles.
    private static func part(
        of square: Square, in rectangles: [CellRectangle]
    ) -> FilterVerdict {
        let (latitudes, longitudes) = (square.latitudes, square.longitudes)
        var part = FilterVerdict.none
        for rectangle in rectangles
        where rectangle.overlaps(latitude: latitudes, longitude: longitudes) {
            if rectangle.contains(latitude: latitudes, longitude: longitudes) { return .all }
            part = .some
        }
        return part
    }
}
