internal import VDBPrimitives

/// How much a checkpoint would have to move.
struct CheckpointLoad: Sendable {
    var rowCount = 0
    /// Bytes of vectors and payloads.
    var size = 0
    /// Changes that are no rows: ids deleted.
    var deletionCount = 0
    var amendmentCount = 0

    /// Amendments that weigh as much as one row: in a search one costs a look at its cells, while
    /// in the tables many that come together cost hardly more than a few, for a chunk of rows, a
    /// block or a segment is written as a whole.
    private static let amendmentsPerRow = 4

    mutating func add(_ operation: Operation) {
        rowCount += operation.ids.count
        size += operation.size
        deletionCount += operation.deletedIDs.count
        amendmentCount += operation.amendedIDs.count
    }

    /// Whether it is enough for a checkpoint, or for so many.
    func reaches(_ policy: CheckpointPolicy, times factor: Int = 1) -> Bool {
        rowCount >= policy.rowLimit * factor || size >= policy.sizeLimit * factor
            || deletionCount >= policy.rowLimit * factor
            || amendmentCount >= policy.rowLimit * factor * Self.amendmentsPerRow
    }
}
