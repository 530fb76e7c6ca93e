internal import VDBPrimitives

/// How much a checkpoint would have to move.
struct CheckpointLoad: Sendable {
    var rowCount = 0
    /// Bytes of vectors and payloads.
    var size = 0
    /// Changes that are no rows: ids deleted.
    var deletionCount = 0

    mutating func add(_ operation: Operation) {
        rowCount += operation.ids.count
        size += operation.size
        deletionCount += operation.deletedIDs.count
    }

    /// Whether it is enough for a checkpoint, or for so many.
    func reaches(_ policy: CheckpointPolicy, times factor: Int = 1) -> Bool {
        rowCount >= policy.rowLimit * factor || size >= policy.sizeLimit * factor
            || deletionCount >= policy.rowLimit * factor
    }
}
