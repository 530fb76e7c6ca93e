internal import CLMDB
internal import VDBPrimitives

/// A named B+tree of an environment.
package struct Table: Sendable, Hashable {
    /// Nil where the database is of an earlier format, which lacks the table: it reads as empty.
    let handle: MDB_dbi?
    package let name: String

    package var isMissing: Bool { handle == nil }

    /// Its place in the set of tables whose pages were checked; of a missing one there are none.
    var bit: UInt64 { handle.map { 1 << UInt64($0) } ?? 1 }
}

/// The opening of an environment's tables.
struct TableOpening {
    let names: [String]
    /// Those that may be missing.
    let laterNames: Set<String>
    /// For messages.
    let path: String
    let isReadOnly: Bool
    /// Whether tables that are missing are created.
    let isCreating: Bool

    func open(in raw: OpaquePointer) throws(StorageError) -> [String: Table] {
        var transaction: OpaquePointer?
        let flags = isReadOnly ? UInt32(MDB_RDONLY) : 0
        try Environment.check(mdb_txn_begin(raw, nil, flags, &transaction), "mdb_txn_begin", path)
        var tables: [String: Table] = [:]
        for name in names {
            var handle: MDB_dbi = 0
            let create = isCreating ? UInt32(MDB_CREATE) : 0
            let result = mdb_dbi_open(transaction, name, create, &handle)
            if result == MDB_NOTFOUND && laterNames.contains(name) {
                tables[name] = Table(handle: nil, name: name)
                continue
            }
            guard result == MDB_SUCCESS else {
                mdb_txn_abort(transaction)
                if result == MDB_NOTFOUND {
                    throw .damaged(
                        table: name, key: "", failure: .inconsistent("the table is missing"))
                }
                throw Environment.failure(result, "mdb_dbi_open", path)
            }
            tables[name] = Table(handle: handle, name: name)
        }
        try Environment.check(mdb_txn_commit(transaction), "mdb_txn_commit", path)
        return tables
    }
}
