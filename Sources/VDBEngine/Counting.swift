package import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// How many live records match.
    ///
    /// One condition is counted in the index of its attribute alone, if the index has all rows of
    /// the tables, and none of them is dead or amended: O(log n) in each of its segments. Else rows
    /// are looked at: those that an index leads to where these are few, or all.
    package func count(matching filter: Filter?) throws(EngineError) -> Int {
        try follow()
        let snapshot = snapshot
        guard let prepared = try prepared(filter, in: snapshot) else { return snapshot.liveCount }
        let filter = prepared.compiled
        return try storing { () throws(StorageError) in
            var count = 0
            var rest = RowWalk(
                snapshot, filter: filter, from: snapshot.delta.start)
            if let stored = try countByIndexes(prepared, in: snapshot) {
                count = stored
                for row in snapshot.amendedRows(matching: filter) where row < snapshot.delta.start {
                    count += 1
                }
            } else {
                rest = RowWalk(snapshot, filter: filter)
            }
            while let rows = try rest.next() { count += rows.count }
            return count
        }
    }

    /// The live rows of the tables that match, but for those that are amended; nil where the
    /// indexes are of no use.
    private func countByIndexes(
        _ filter: PreparedFilter, in snapshot: Snapshot
    ) throws(StorageError) -> Int? {
        let stored = snapshot.stored
        let estimate = try filter.estimate(in: stored)
        let covered = stored.attributes.coveredCount
        if snapshot.hidden.count == 0, covered == stored.rows.count,
            case .leaf(let lookup, _, _, let ranks) = estimate, lookup.test == nil, !ranks.isSample
        {
            return ranks.count
        }
        let scratch = scratchPool.take()
        defer { scratchPool.give(back: scratch) }
        return try FilterRows(
            snapshot: snapshot, filter: filter, scratch: scratch
        ).findLive(limit: stored.rows.count / 8)?.count
    }
}
