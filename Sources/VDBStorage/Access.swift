internal import CLMDB
internal import VDBPrimitives

/// Reading through a transaction, without owning it.
///
/// The bytes that it gives lie in the memory map: they are valid until the transaction ends, and in
/// a write transaction only until its next change.
package struct Access {
    let raw: OpaquePointer
    package let environment: Environment

    /// The value under `key`, unchecked, or nil.
    package func value(
        _ table: Table, _ key: Key
    ) throws(StorageError) -> UnsafeRawBufferPointer? {
        guard let handle = table.handle else { return nil }
        try environment.trust(table, in: raw)
        var content = MDB_val()
        let result = key.withBytes { bytes in
            var keyValue = MDB_val(bytes)
            return mdb_get(raw, handle, &keyValue, &content)
        }
        if result == MDB_NOTFOUND { return nil }
        try Environment.check(result, "mdb_get", environment.path)
        return content.bytes
    }

    /// The body of the sealed value under `key`, its checksum checked, or nil.
    package func body(
        _ table: Table, _ key: Key, kind: UInt8, version: UInt8
    ) throws(StorageError) -> UnsafeRawBufferPointer? {
        guard let value = try value(table, key) else { return nil }
        do throws(DecodingFailure) {
            return try SealedValue.open(value, key: key, kind: kind, version: version)
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
    }

    package func cursor(_ table: Table) throws(StorageError) -> Cursor {
        try Cursor(access: self, table: table)
    }

    /// The first entry whose key is not below `key`, or nil.
    ///
    /// Of a table whose pages are not checked yet, only those on the way are: other than through
    /// a cursor, the first look-up costs the same however large the table is.
    package func entry(
        atOrAbove key: Key, _ table: Table
    ) throws(StorageError) -> Cursor.Entry? {
        try cursor(table).find(atOrAbove: key)
    }

    /// The last entry whose key is not above `key`, or nil; checked as above.
    package func entry(
        atOrBelow key: Key, _ table: Table
    ) throws(StorageError) -> Cursor.Entry? {
        try cursor(table).find(atOrBelow: key)
    }

    /// Entries and pages of a table.
    package func statistics(_ table: Table) throws(StorageError) -> TableStatistics {
        guard let handle = table.handle else { return TableStatistics(entryCount: 0, size: 0) }
        var statistics = MDB_stat()
        try Environment.check(
            mdb_stat(raw, handle, &statistics), "mdb_stat", environment.path)
        let pageCount =
            statistics.ms_branch_pages + statistics.ms_leaf_pages + statistics.ms_overflow_pages
        return TableStatistics(
            entryCount: Int(statistics.ms_entries),
            size: Int(pageCount) * Int(statistics.ms_psize))
    }
}

/// How much a table holds.
package struct TableStatistics: Sendable, Hashable {
    package let entryCount: Int
    /// Bytes of its pages.
    package let size: Int
}

/// A position in a table, in the order of the keys.
package struct Cursor: ~Copyable {
    /// Nil over a table that is missing, and so empty.
    private let raw: OpaquePointer?
    private let table: Table
    private let access: Access

    /// One entry, in place.
    package struct Entry {
        package let key: UnsafeRawBufferPointer
        package let value: UnsafeRawBufferPointer

        /// The big-endian integer at `offset` of the key; nil if the key is too short.
        package func keyPart(_ type: UInt32.Type, at offset: Int = 0) -> UInt32? {
            part(at: offset)
        }

        /// The same of 8 bytes.
        package func keyPart(_ type: UInt64.Type, at offset: Int = 0) -> UInt64? {
            part(at: offset)
        }

        // Generic functions are not specialized for callers in other modules, and this is called
        // for every block of every list when a database is opened.
        private func part<Part: FixedWidthInteger>(at offset: Int) -> Part? {
            guard offset + MemoryLayout<Part>.size <= key.count else { return nil }
            return Part(bigEndian: key.loadUnaligned(fromByteOffset: offset, as: Part.self))
        }
    }

    init(access: Access, table: Table) throws(StorageError) {
        self.table = table
        self.access = access
        guard let handle = table.handle else {
            raw = nil
            return
        }
        var created: OpaquePointer?
        try Environment.check(
            mdb_cursor_open(access.raw, handle, &created), "mdb_cursor_open",
            access.environment.path)
        guard let created else {
            throw .lmdb(
                call: "mdb_cursor_open", path: access.environment.path, number: 0,
                message: "no handle")
        }
        raw = created
    }

    deinit { if let raw { mdb_cursor_close(raw) } }

    package func first() throws(StorageError) -> Entry? { try move(MDB_FIRST) }
    package func last() throws(StorageError) -> Entry? { try move(MDB_LAST) }
    package func next() throws(StorageError) -> Entry? { try move(MDB_NEXT) }
    package func previous() throws(StorageError) -> Entry? { try move(MDB_PREV) }

    /// The first entry whose key is not below `key`.
    package func seek(_ key: Key) throws(StorageError) -> Entry? {
        guard raw != nil else { return nil }
        try access.environment.trust(table, in: access.raw)
        return try seekTrusted(key)
    }

    private func seekTrusted(_ key: Key) throws(StorageError) -> Entry? {
        guard let raw else { return nil }
        return try key.withBytes { (bytes) throws(StorageError) -> Entry? in
            var keyValue = MDB_val(bytes)
            var content = MDB_val()
            return try entry(
                mdb_cursor_get(raw, &keyValue, &content, MDB_SET_RANGE), keyValue, content)
        }
    }

    fileprivate func find(atOrAbove key: Key) throws(StorageError) -> Entry? {
        try access.environment.trust(table, in: access.raw, .around(key))
        return try seekTrusted(key)
    }

    fileprivate func find(atOrBelow key: Key) throws(StorageError) -> Entry? {
        guard let raw else { return nil }
        try access.environment.trust(table, in: access.raw, .around(key))
        let found = try seekTrusted(key)
        if let found, key.withBytes({ $0.elementsEqual(found.key) }) { return found }
        var keyValue = MDB_val()
        var content = MDB_val()
        return try entry(
            mdb_cursor_get(raw, &keyValue, &content, found == nil ? MDB_LAST : MDB_PREV),
            keyValue, content)
    }

    private func move(_ operation: MDB_cursor_op) throws(StorageError) -> Entry? {
        guard let raw else { return nil }
        try access.environment.trust(
            table, in: access.raw, operation == MDB_LAST ? .last : .everywhere)
        var key = MDB_val()
        var content = MDB_val()
        return try entry(mdb_cursor_get(raw, &key, &content, operation), key, content)
    }

    private func entry(
        _ result: Int32, _ key: MDB_val, _ content: MDB_val
    ) throws(StorageError) -> Entry? {
        if result == MDB_NOTFOUND { return nil }
        try Environment.check(result, "mdb_cursor_get", access.environment.path)
        return Entry(key: key.bytes, value: content.bytes)
    }
}
