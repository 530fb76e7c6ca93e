internal import VectorDB

/// The rows of a batch that go into the database, where ids come more than once.
///
/// The outcome is the one that batches of a single row would have.
struct BatchSelection {
    /// Ascending.
    private(set) var rows: [Int] = []
    /// Rows left out because a later one has their id.
    private(set) var replacedCount = 0
    /// Rows left out because an earlier one has their id.
    private(set) var skippedCount = 0
    /// Rows that are dealt with: all, or those before the first that must not be.
    private(set) var end: Int
    /// The first row whose id an earlier one has, if that is a failure, and the earlier one.
    private(set) var duplicate: (row: Int, earlier: Int)?

    /// - Parameter refused: rows that are left out whatever their id.
    init(_ ids: [UInt64], _ policy: DuplicatePolicy, leavingOut refused: Set<Int>) {
        end = ids.count
        // Mostly ids ascend, and none can be there twice.
        guard !refused.isEmpty || !zip(ids, ids.dropFirst()).allSatisfy({ $0 < $1 }) else {
            rows = Array(ids.indices)
            return
        }
        var firstRows: [UInt64: Int] = [:]
        firstRows.reserveCapacity(ids.count)
        // Going backwards, the last of the same id is met first.
        let order = policy == .replace ? Array(ids.indices.reversed()) : Array(ids.indices)
        for row in order where !refused.contains(row) {
            guard let earlier = firstRows.updateValue(row, forKey: ids[row]) else {
                rows.append(row)
                continue
            }
            firstRows[ids[row]] = earlier
            switch policy {
            case .replace: replacedCount += 1
            case .skip: skippedCount += 1
            case .fail:
                (duplicate, end) = ((row, earlier), row)
                return
            }
        }
        if policy == .replace { rows.reverse() }
    }

    /// The same selection, ended before a row.
    mutating func end(before row: Int) {
        rows.removeAll { $0 >= row }
        (duplicate, end) = (nil, row)
    }
}
