internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Rows spread evenly over the tables, on which a filter of several conditions is tried: how these
/// go together no index tells.
struct RowSample {
    private let matchCount: Int

    /// Rows that are looked at.
    private static let size = 1024
    /// Where the rarest condition has fewer rows, finding them costs less than a bad plan.
    private static let leastCandidates = 16_384.0
    /// Matches from which the sample is believed.
    private static let leastMatches = 4

    /// Nil where a sample is not worth while.
    ///
    /// - Parameter leastShare: that of the rarest condition.
    init?(
        _ filter: CompiledFilter, leastShare: Double, in stored: StoredState
    ) throws(StorageError) {
        let rowCount = stored.rows.count
        guard leastShare * Double(rowCount) >= Self.leastCandidates else { return nil }
        let columns = GatheredColumns(widths: stored.rows.shape.columns)
        // The cells of the dead may be gone.
        let rows = (0..<Self.size).map { UInt32($0 * rowCount / Self.size) }
            .filter { !stored.dead.contains($0) }
        let views = try rows.withUnsafeBufferPointer { (rows) throws(StorageError) in
            try columns.gather(rows, used: filter.columnsUsed, of: stored.rows)
        }
        var mask = [UInt64](repeating: 0, count: Self.size / 64)
        mask.withUnsafeMutableBufferPointer {
            filter.evaluate(views, count: rows.count, into: $0)
        }
        withExtendedLifetime(columns) {}
        matchCount = mask.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// The share of matching rows, where `expected` would be that of independent conditions.
    func share(expected: Double) -> Double {
        if matchCount >= Self.leastMatches { return Double(matchCount) / Double(Self.size) }
        return min(expected, Double(Self.leastMatches) / Double(Self.size))
    }
}
