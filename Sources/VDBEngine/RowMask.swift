internal import VDBFilters
internal import VDBPrimitives

/// Which of some consecutive rows match a filter.
struct RowMask {
    private var words: [UInt64]

    init(count: Int) { words = [UInt64](repeating: 0, count: count / 64 + 2) }

    /// Takes what a filter says of the first `count` rows of some columns.
    mutating func fill(_ filter: CompiledFilter, _ columns: [ColumnView], count: Int) {
        words.withUnsafeMutableBufferPointer { filter.evaluate(columns, count: count, into: $0) }
    }

    func contains(_ index: Int) -> Bool { words[index >> 6] >> UInt64(index & 63) & 1 == 1 }

    /// The bits of 64 rows from any on; those from `limit` on are 0.
    func word(at index: Int, limit: Int) -> UInt64 {
        guard index < limit else { return 0 }
        let shift = UInt64(index & 63)
        var word = words[index >> 6] >> shift
        if shift > 0 { word |= words[index >> 6 + 1] << (64 - shift) }
        return limit - index < 64 ? word & (1 << UInt64(limit - index) - 1) : word
    }

    /// The number of matching rows in a range.
    func count(in range: Range<Int>) -> Int {
        stride(from: range.lowerBound, to: range.upperBound, by: 64).reduce(0) {
            $0 + word(at: $1, limit: range.upperBound).nonzeroBitCount
        }
    }
}
