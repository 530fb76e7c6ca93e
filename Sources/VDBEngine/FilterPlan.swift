internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// How a search with a filter goes about it.
enum FilterPlan: Sendable, Hashable {
    /// Evaluate the filter on all rows and compare those that match.
    case exact
    /// Search the lists, with so many times as many lists and candidates as without the filter.
    case lists(probeFactor: Double, rerankFactor: Double)

    /// Matches up to which comparing all of them costs less than finding the right lists.
    private static let exactLimit = 8192
    /// Chunks of 2,016 rows that the estimate looks at.
    private static let sampleCount = 8

    /// Estimates the share of matching rows from chunks spread over the collection.
    ///
    /// Where few rows match, the nearest of them lie further out than the nearest of all, in lists
    /// that a search without the filter would not reach: as the share falls, more are probed.
    /// Out there, distances differ less against the error of the estimates: more are compared.
    init(_ filter: CompiledFilter, rows: StoredRows) throws(StorageError) {
        let chunkCount = rows.rowChunkCount
        let step = max(1, chunkCount / Self.sampleCount)
        var mask = [UInt64](repeating: 0, count: RowChunk.rowCount / 64 + 1)
        var seen = 0
        var matching = 0
        for index in stride(from: 0, to: chunkCount, by: step) {
            let chunk = try rows.rowChunk(index)
            guard chunk.count > 0 else { continue }
            mask.withUnsafeMutableBufferPointer {
                filter.evaluate(chunk.columns, count: chunk.count, into: $0)
            }
            seen += chunk.count
            matching += mask.reduce(0) { $0 + $1.nonzeroBitCount }
        }
        let share = Double(matching) / Double(max(seen, 1))
        let expected = share * Double(rows.count)
        if expected <= Double(Self.exactLimit) {
            self = .exact
        } else {
            self = .lists(probeFactor: 1 / share, rerankFactor: min(1 / share, 8))
        }
    }
}
