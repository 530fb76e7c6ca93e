/// A range of cells of one column, both ends included.
package struct CellRange: Sendable, Hashable {
    /// The first cell.
    package let low: UInt64
    /// The last cell.
    package let high: UInt64

    /// The range from `low` to `high`, which must not be less.
    package init(_ low: UInt64, _ high: UInt64) {
        precondition(low <= high, "cells \(low) to \(high)")
        self.low = low
        self.high = high
    }

    /// All cells up to `high`.
    package static func upTo(_ high: UInt64) -> CellRange { CellRange(0, high) }

    /// Whether `cell` is in the range.
    package func contains(_ cell: UInt64) -> Bool { cell &- low <= high &- low }

    /// Whether all of `other` is in the range.
    package func contains(_ other: CellRange) -> Bool { low <= other.low && other.high <= high }

    /// Whether the two have a cell in common.
    package func overlaps(_ other: CellRange) -> Bool { low <= other.high && other.low <= high }

    /// The same cells in as few ranges as possible, in ascending order.
    package static func union(_ ranges: [CellRange]) -> [CellRange] {
        var result: [CellRange] = []
        for range in ranges.sorted(by: { $0.low < $1.low }) {
            guard let last = result.last, last.high == .max || range.low <= last.high + 1 else {
                result.append(range)
                continue
            }
            result[result.count - 1] = CellRange(last.low, max(last.high, range.high))
        }
        return result
    }

    /// The cells that are in both; ranges of each are ascending and apart from each other.
    package static func intersection(_ left: [CellRange], _ right: [CellRange]) -> [CellRange] {
        var result: [CellRange] = []
        var (mine, other) = (left[...], right[...])
        while let one = mine.first, let two = other.first {
            if one.overlaps(two) {
                result.append(CellRange(max(one.low, two.low), min(one.high, two.high)))
            }
            if one.high <= two.high { mine.removeFirst() } else { other.removeFirst() }
        }
        return result
    }
}
