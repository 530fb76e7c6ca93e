internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// A copy of the tables of one snapshot in a file of its own, without free pages and without what
/// is left over: every page is filled before the next.
struct DenseCopy {
    /// Bytes of values that one transaction may take: its pages wait in memory.
    private static let transactionSize = 32 << 20

    let stored: StoredState
    let observer: EngineObserver?

    /// Writes the tables into a directory, which must be there and empty.
    ///
    /// - Parameter identity: what the copy is called; nil for what the original is.
    func write(
        to directory: Directory, sizeLimit: Int, identity: (UInt64, UInt64)?
    ) throws(StorageError) {
        let environment = try Environment(
            directory, tableNames: TableName.names, sizeLimit: sizeLimit, mode: .write,
            creating: true)
        let inForce = GenerationInForce(stored)
        for (index, name) in TableName.allCases.enumerated() {
            try copy(name, inForce, to: environment)
            observer?("copying", Double(index + 1) / Double(TableName.allCases.count))
        }
        guard let identity else { return }
        let transaction = try environment.beginWrite()
        var manifest = try Manifest.read(transaction.access)
        manifest.identity = identity
        try manifest.write(transaction)
        try transaction.commit()
    }

    private func copy(
        _ name: TableName, _ inForce: GenerationInForce, to environment: Environment
    ) throws(StorageError) {
        let table = stored.access.environment.table(name)
        let cursor = try stored.access.cursor(table)
        var found = try cursor.first()
        while found != nil {
            let transaction = try environment.beginWrite()
            var size = 0
            while let entry = found, size < Self.transactionSize {
                let isLeftover =
                    entry.keyPart(UInt32.self).map {
                        inForce.isLeftover(name, firstKeyPart: $0)
                    } ?? false
                if !isLeftover {
                    let key = try checked(entry, of: table)
                    try transaction.append(environment.table(name), key, Array(entry.value))
                    size += entry.value.count
                }
                found = try cursor.next()
            }
            try transaction.commit()
        }
    }

    /// Refuses a damaged value: a copy must be sound.
    private func checked(
        _ entry: Cursor.Entry, of table: Table
    ) throws(StorageError) -> Key {
        do throws(DecodingFailure) {
            guard let key = Key(stored: entry.key) else {
                throw .inconsistent("a key of \(entry.key.count) bytes")
            }
            try SealedValue.check(entry.value, key: key)
            return key
        } catch {
            throw .damaged(table: table.name, key: describe(key: entry.key), failure: error)
        }
    }
}
