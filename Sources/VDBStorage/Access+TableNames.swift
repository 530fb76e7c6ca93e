internal import CLMDB

extension Access {
    /// The names of all tables in the file, known or not.
    package func storedTableNames() throws(StorageError) -> [String] {
        let path = environment.path
        var main: MDB_dbi = 0
        try Environment.check(mdb_dbi_open(raw, nil, 0, &main), "mdb_dbi_open", path)
        var cursor: OpaquePointer?
        try Environment.check(mdb_cursor_open(raw, main, &cursor), "mdb_cursor_open", path)
        defer { mdb_cursor_close(cursor) }
        var names: [String] = []
        var key = MDB_val()
        var content = MDB_val()
        var result = mdb_cursor_get(cursor, &key, &content, MDB_FIRST)
        while result == MDB_SUCCESS {
            names.append(String(decoding: key.bytes, as: UTF8.self))
            result = mdb_cursor_get(cursor, &key, &content, MDB_NEXT)
        }
        guard result == MDB_NOTFOUND else {
            throw Environment.failure(result, "mdb_cursor_get", path)
        }
        return names
    }
}
