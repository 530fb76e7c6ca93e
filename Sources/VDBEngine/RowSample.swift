internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Cells of rows spread over the tables, kept in memory, on which filters are tried: about how many
/// rows match, for less than asking the indexes, and how several conditions go together, which no
/// index tells.
///
/// It belongs to one state of the tables. Any number of threads may use it.
final class RowSample: Sendable {
    /// What a filter says of the sampled rows.
    struct Matches: Sendable {
        let count: Int
        let rowCount: Int

        /// The share of the rows that match.
        var share: Double { Double(count) / Double(max(rowCount, 1)) }

        /// A share that surely no fewer match than: three standard deviations less.
        var leastShare: Double {
            max(0, (Double(count) - 3 * Double(count).squareRoot()) / Double(max(rowCount, 1)))
        }
    }

    private struct Known {
        var askedCount = 0
        var cells: SampledCells?
    }

    private let known = Monitor(Known())

    /// Bringing the cells together looks at as many chunks as there are rows: where few filters
    /// ask, the indexes tell.
    private static let leastAskedCount = 64

    /// What a filter says, unless too few filters have asked.
    func matchesIfWorthwhile(
        _ filter: CompiledFilter, in stored: StoredState
    ) throws(StorageError) -> Matches? {
        let isWorthwhile = known.update { known in
            known.askedCount += 1
            return known.cells != nil || known.askedCount >= Self.leastAskedCount
        }
        return isWorthwhile ? try matches(filter, in: stored) : nil
    }

    /// What a filter says of the rows.
    func matches(
        _ filter: CompiledFilter, in stored: StoredState
    ) throws(StorageError) -> Matches {
        if let cells = known.read({ $0.cells }) { return cells.matches(filter) }
        let cells = try SampledCells(of: stored)
        known.update { $0.cells = cells }
        return cells.matches(filter)
    }
}

/// The cells of some rows.
private final class SampledCells: @unchecked Sendable {
    // @unchecked: nothing changes after `init`.
    private let columns: GatheredColumns
    private let views: [ColumnView]
    private let rowCount: Int

    private static let size = GatheredColumns.capacity

    init(of stored: StoredState) throws(StorageError) {
        let count = stored.rows.count
        columns = GatheredColumns(widths: stored.rows.shape.columns)
        // One anywhere in each part of the rows: what comes in every so many rows is found as often
        // as it is there. The cells of the dead may be gone.
        var random = RandomSource(seed: 1)
        let sampleCount = min(count, Self.size)
        let rows = (0..<sampleCount).map { part -> UInt32 in
            let (start, end) = (part * count / sampleCount, (part + 1) * count / sampleCount)
            return UInt32(start + random.next(below: end - start))
        }.filter { !stored.dead.contains($0) }
        rowCount = rows.count
        let columns = columns
        views = try rows.withUnsafeBufferPointer { (rows) throws(StorageError) in
            try columns.gather(
                rows, used: Array(stored.rows.shape.columns.indices), of: stored.rows)
        }
    }

    func matches(_ filter: CompiledFilter) -> RowSample.Matches {
        let wordCount = (rowCount + 63) / 64
        let count = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: wordCount) { mask in
            filter.evaluate(views, count: rowCount, into: mask)
            return mask.reduce(0) { $0 + $1.nonzeroBitCount }
        }
        return RowSample.Matches(count: count, rowCount: rowCount)
    }
}
