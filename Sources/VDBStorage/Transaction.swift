internal import CLMDB
internal import VDBPrimitives

/// A consistent view of the whole environment; ended when it goes out of scope.
///
/// It pins the pages that it sees: while it lives, the space of later deletions is not reused.
/// It may be used from any thread, one at a time or for reading values only.
package struct ReadTransaction: ~Copyable, @unchecked Sendable {
    // @unchecked: LMDB allows concurrent `mdb_get` in one read transaction under MDB_NOTLS.
    private let raw: OpaquePointer
    package let environment: Environment
    private let origin = ProcessOrigin()

    init(environment: Environment) throws(StorageError) {
        var created: OpaquePointer?
        var result = MDB_MAP_RESIZED
        while result == MDB_MAP_RESIZED {
            result = mdb_txn_begin(environment.raw, nil, UInt32(MDB_RDONLY), &created)
            // Another process has made the file larger than the map.
            if result == MDB_MAP_RESIZED { try environment.followGrowth() }
        }
        try Environment.check(result, "mdb_txn_begin", environment.path)
        guard let raw = created else {
            throw .lmdb(
                call: "mdb_txn_begin", path: environment.path, number: 0, message: "no handle")
        }
        self.raw = raw
        self.environment = environment
    }

    // In a forked child the slot in the table of readers is the parent's.
    deinit { if origin.isCurrent { mdb_txn_abort(raw) } }

    /// The number of the last transaction that it sees.
    package var id: Int { mdb_txn_id(raw) }

    /// Reads through this transaction; must not be used after its end.
    package var access: Access { Access(raw: raw, environment: environment) }
}

/// The one transaction that may change the environment; aborted unless committed.
package struct WriteTransaction: ~Copyable {
    private var raw: OpaquePointer?
    package let environment: Environment
    private let mapping: Mapping
    private let origin: ProcessOrigin

    /// Free bytes of a file system below which it passes for full.
    private static let scarceSize = 16 << 20

    @available(*, noasync)
    init(environment: Environment) throws(StorageError) {
        try environment.confirmPlace()
        try environment.trustEverything()
        let mapping = try environment.mappingForWriting()
        var created: OpaquePointer?
        try Environment.check(
            mdb_txn_begin(mapping.raw, nil, 0, &created), "mdb_txn_begin", environment.path)
        raw = created
        self.environment = environment
        self.mapping = mapping
        origin = ProcessOrigin()
    }

    deinit { if let raw, origin.isCurrent { mdb_txn_abort(raw) } }

    /// Reads through this transaction, its own changes included; must not be used after its end.
    package var access: Access {
        guard let raw else { preconditionFailure("reading in a transaction that has ended") }
        return Access(raw: raw, environment: environment)
    }

    /// Puts `value` under `key`, over what was there.
    ///
    /// Pointers got from `access` before may be invalid after it.
    package func put(_ table: Table, _ key: Key, _ value: [UInt8]) throws(StorageError) {
        try put(table, key, value, flags: 0)
    }

    /// Puts `value` under `key`, which must be above all keys of the table: pages are filled to
    /// their ends, and nothing is searched.
    package func append(_ table: Table, _ key: Key, _ value: [UInt8]) throws(StorageError) {
        try put(table, key, value, flags: UInt32(MDB_APPEND))
    }

    /// Removes `key`; false if it was not there.
    @discardableResult
    package func remove(_ table: Table, _ key: Key) throws(StorageError) -> Bool {
        guard let handle = table.handle else { return false }
        try checkRun(table, key)
        let result = key.withBytes { bytes in
            var keyValue = MDB_val(bytes)
            return mdb_del(raw, handle, &keyValue, nil)
        }
        if result == MDB_NOTFOUND { return false }
        try check(result, "mdb_del")
        return true
    }

    /// Makes all changes durable and visible, or none.
    package consuming func commit() throws(StorageError) {
        let ended = raw.take()
        let result = mdb_txn_commit(ended)
        // LMDB says EIO of a write that was cut short, which is how a full disk shows first.
        if result == Platform.inputOutputError,
            environment.directory.freeSize < Self.scarceSize
        {
            throw .noRoom(call: "mdb_txn_commit", path: environment.path)
        }
        try check(result, "mdb_txn_commit")
        try Environment.coverPages(of: mapping.raw, environment.directory, .write)
    }

    private func put(
        _ table: Table, _ key: Key, _ value: [UInt8], flags: UInt32
    ) throws(StorageError) {
        guard let handle = table.handle else {
            preconditionFailure("writing to the missing table \(table.name)")
        }
        // LMDB would leave a shorter value, put twice in a transaction, on as many pages as before:
        // then their count would say nothing.
        if try checkRun(table, key) > runCount(key, valueSize: value.count) {
            try remove(table, key)
        }
        let result = key.withBytes { bytes in
            value.withUnsafeBytes { content in
                var keyValue = MDB_val(bytes)
                var contentValue = MDB_val(content)
                return mdb_put(raw, handle, &keyValue, &contentValue, flags)
            }
        }
        try check(result, "mdb_put")
    }

    /// Refuses to replace or remove a value whose overflow pages say that they are others, fewer or
    /// more than it needs: LMDB would free those.
    ///
    /// - Returns: the overflow pages of the value that is there.
    @discardableResult
    private func checkRun(_ table: Table, _ key: Key) throws(StorageError) -> Int {
        guard let value = try access.value(table, key), let start = value.baseAddress else {
            return 0
        }
        let needed = runCount(key, valueSize: value.count)
        // What is not in the map is in memory, written by this transaction.
        guard needed > 0, let number = mapping.pageNumber(of: start) else { return needed }
        let header = PageView(
            UnsafeRawBufferPointer(
                start: start - PageLayout.headerSize, count: PageLayout.headerSize))
        guard header.number == number, header.kind == PageLayout.PageKind.overflow,
            header.runCount == needed
        else {
            throw .damagedPage(
                file: environment.path + "/data.mdb", page: number, table: table.name,
                offset: nil,
                reason: "it is no overflow page of a value that needs \(needed) pages: number "
                    + "\(header.number), kind \(hexadecimal(UInt64(header.kind))), "
                    + "\(header.runCount) pages")
        }
        return needed
    }

    /// Overflow pages that a value takes; 0 if it stays in its leaf.
    private func runCount(_ key: Key, valueSize: Int) -> Int {
        let pageSize = environment.pageSize
        let nodeSize = PageLayout.nodeHeaderSize + key.size + valueSize
        return nodeSize > PageLayout.nodeLimit(pageSize: pageSize)
            ? PageLayout.overflowPageCount(valueSize, pageSize: pageSize) : 0
    }

    private func check(_ result: Int32, _ call: String) throws(StorageError) {
        if result == MDB_MAP_FULL {
            throw environment.fullMapError(mapping)
        }
        try Environment.check(result, call, environment.path)
    }
}

extension MDB_val {
    /// LMDB's own form of a run of bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(
            mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }
}
