package import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Deletes the records that match: those of the snapshot that the call begins with.
    ///
    /// What changes between the two is left as it is.
    ///
    /// - Returns: how many were deleted.
    package func delete(matching filter: Filter) throws(EngineError) -> Int {
        if let refusal = writer.read({ writeRefusal($0) }) { throw refusal }
        var walk = try walk(filter)
        var batch: [UInt32] = []
        var count = 0
        while let rows = try storing({ () throws(StorageError) in try walk.next() }) {
            batch.append(contentsOf: rows)
            guard batch.count >= Self.batchCountLimit - RowChunk.rowCount - DeltaChunk.rowCount
            else { continue }
            count += try delete(batch, of: walk.snapshot)
            batch = []
        }
        return try count + delete(batch, of: walk.snapshot)
    }

    /// Deletes rows in one operation, as far as they are still what their ids lead to and have kept
    /// their attributes.
    private func delete(
        _ rows: [UInt32], of snapshot: Snapshot
    ) throws(EngineError) -> Int {
        var count = 0
        try commit { (state, operation) throws(EngineError) in
            count = 0
            for row in rows {
                let id = try snapshot.id(row)
                let live = try storing { () throws(StorageError) in try state.row(of: id) }
                let amended = state.amendments.position(of: row) ?? .none
                guard live == row, amended <= snapshot.position else { continue }
                operation.deletedIDs.append(id)
                count += 1
            }
        }
        return count
    }
}
