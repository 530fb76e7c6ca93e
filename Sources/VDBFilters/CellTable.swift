/// A bit for each cell of a span: answers without the mispredicted branches of a search.
struct CellTable: Sendable, Hashable {
    private let span: CellRange
    private let bits: [UInt64]

    /// The widest span; such a table has 128 KiB.
    private static let maximumSpan: UInt64 = 1 << 20

    /// Nil if the ranges, ascending, are too far apart.
    init?(_ ranges: [CellRange]) {
        guard let first = ranges.first, let last = ranges.last,
            last.high - first.low < Self.maximumSpan
        else { return nil }
        span = CellRange(first.low, last.high)
        var bits = [UInt64](repeating: 0, count: Int((last.high - first.low) / 64) + 1)
        for range in ranges {
            for cell in range.low - first.low...range.high - first.low {
                bits[Int(cell / 64)] |= 1 << (cell % 64)
            }
        }
        self.bits = bits
    }

    func contains(_ cell: UInt64) -> Bool {
        guard span.contains(cell) else { return false }
        let index = cell - span.low
        return bits[Int(index / 64)] >> (index % 64) & 1 == 1
    }
}
