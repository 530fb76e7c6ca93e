internal import VDBIndex
internal import VDBStorage

/// Keys of models, lists and assignments that no generation in force uses.
struct Leftovers {
    private var keys: [(table: Table, key: Key)] = []

    var isEmpty: Bool { keys.isEmpty }

    /// Looks for up to `limit` of them.
    ///
    /// - Parameters:
    ///   - generation: the one in force; 0 if none is.
    ///   - lists: the lists in force.
    init(
        generation: UInt32, lists: Range<UInt32>, limit: Int, _ access: Access
    ) throws(StorageError) {
        try collect(.models, limit, access) { $0 != generation }
        try collect(.assignments, limit, access) { $0 != generation }
        try collect(.lists, limit, access) { !lists.contains($0) }
    }

    func remove(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        for (table, key) in keys { try transaction.remove(table, key) }
    }

    /// Collects the keys whose first part is a left-over's.
    private mutating func collect(
        _ name: TableName, _ limit: Int, _ access: Access, _ isLeftover: (UInt32) -> Bool
    ) throws(StorageError) {
        let table = access.environment.table(name)
        let cursor = try access.cursor(table)
        var found = try cursor.first()
        while let entry = found, keys.count < limit {
            if let first = entry.keyPart(UInt32.self), entry.key.count == 8,
                let second = entry.keyPart(UInt32.self, at: 4), isLeftover(first)
            {
                keys.append((table, Key(first, second)))
            }
            found = try cursor.next()
        }
    }
}
