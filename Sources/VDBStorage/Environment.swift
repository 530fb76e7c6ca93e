internal import CLMDB
internal import Synchronization
internal import VDBPrimitives

/// An open LMDB environment with all its tables.
///
/// `MDB_NOTLS`, because Swift tasks change threads; never `MDB_WRITEMAP` or `MDB_NOSYNC`, because a
/// stray pointer or a power failure would then damage the file. Any thread may begin transactions.
package final class Environment: @unchecked Sendable {
    // @unchecked: LMDB's environment is thread-safe, and the tables are behind a lock.
    let raw: OpaquePointer
    package let path: String
    package let isReadOnly: Bool
    /// Bytes of address space reserved for the file.
    package let mapSize: Int
    private let identity: String
    /// By name; held for one look-up, or while tables are added.
    private let tables: Mutex<[String: Table]>
    let pageSize: Int
    /// Where the file begins in memory; nil if it was made by this object.
    private let mapStart: UnsafeRawPointer?
    /// A bit for each table whose pages were checked; all of them when everything was.
    let trusted: Atomic<UInt64>

    /// The paths open in this process: LMDB's file locks break if one process opens a file twice.
    ///
    /// Held while a path is added, looked up or removed.
    static let openPaths = Monitor<Set<String>>([])

    /// Opens the environment in the directory `path`.
    ///
    /// - Parameters:
    ///   - tableNames: all tables.
    ///   - laterNames: those of them that a database of an earlier format lacks. Where they are
    ///     missing they are empty, until `addMissingTables` makes them.
    ///   - creating: whether tables that are missing are created, instead of refused.
    ///   - deferred: tables whose pages are checked when they are first used, not at opening.
    ///   - mapSize: address space to reserve; less is taken where a limit (`ulimit -v`) forces it.
    package init(
        path: String, tableNames: [String], laterNames: Set<String> = [], mapSize: Int,
        readOnly: Bool, creating: Bool = false, deferred: Set<String> = []
    ) throws(StorageError) {
        let identity = FileSystem.canonicalPath(path)
        guard Self.openPaths.update({ $0.insert(identity).inserted }) else {
            throw .openTwice(path: path)
        }
        do throws(StorageError) {
            let opened = try Self.open(
                path: path, mapSize: mapSize, readOnly: readOnly, deferred: deferred)
            raw = opened.raw
            self.mapSize = opened.mapSize
            self.path = path
            self.identity = identity
            isReadOnly = readOnly
            var statistics = MDB_stat()
            mdb_env_stat(opened.raw, &statistics)
            pageSize = Int(statistics.ms_psize)
            do throws(StorageError) {
                let opening = TableOpening(
                    names: tableNames, laterNames: laterNames, path: path, isReadOnly: readOnly,
                    isCreating: creating)
                tables = Mutex(try opening.open(in: opened.raw))
                mapStart =
                    creating
                    ? nil : try Self.mapStart(of: opened.raw, path: path, pageSize: pageSize)
            } catch {
                mdb_env_close(opened.raw)
                throw error
            }
            let walked = tables.withLock { tables in
                tables.values.reduce(0) { deferred.contains($1.name) ? $0 : $0 | $1.bit }
            }
            trusted = Atomic(walked)
        } catch {
            Self.openPaths.update { _ = $0.remove(identity) }
            throw error
        }
    }

    deinit {
        mdb_env_close(raw)
        Self.openPaths.update { _ = $0.remove(identity) }
    }

    /// The table called `name`, which must be one of those given at opening.
    package func table(_ name: String) -> Table {
        guard let table = tables.withLock({ $0[name] }) else {
            preconditionFailure("no table \(name)")
        }
        return table
    }

    /// Makes the tables that an earlier format lacks or, read-only, looks whether a writer has made
    /// them since; before any snapshot looks at them.
    package func addMissingTables() throws(StorageError) {
        let missing = tables.withLock { $0.values.filter(\.isMissing).map(\.name) }
        guard !missing.isEmpty else { return }
        let opening = TableOpening(
            names: missing, laterNames: isReadOnly ? Set(missing) : [], path: path,
            isReadOnly: isReadOnly, isCreating: !isReadOnly)
        let added = try opening.open(in: raw)
        tables.withLock { $0.merge(added) { $1 } }
    }

    package func beginRead() throws(StorageError) -> ReadTransaction {
        try ReadTransaction(environment: self)
    }

    /// Reads in a transaction that ends with `body`; nothing of the map may leave it.
    package func read<Result>(
        _ body: (Access) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        let transaction = try beginRead()
        let result = try body(transaction.access)
        extendLifetime(transaction)
        return result
    }

    /// Waits for the writer before, if there is one.
    package func beginWrite() throws(StorageError) -> WriteTransaction {
        try WriteTransaction(environment: self)
    }

    /// The page on which the memory at `address` lies; nil if that is not in the map.
    func pageNumber(of address: UnsafeRawPointer) -> UInt64? {
        guard let mapStart, address >= mapStart, address < mapStart + mapSize else { return nil }
        return UInt64((address - mapStart) / pageSize)
    }

    /// Whether a value on overflow pages of its own stays where it is until it is replaced, for all
    /// values that are padded to `AlignedValue`'s least size: larger pages keep them in leaves,
    /// which move whenever a neighbour changes.
    package var keepsRuns: Bool { PageLayout.nodeLimit(pageSize: pageSize) < 2048 }

    /// Bytes of the file in use: pages ever allocated, free ones included.
    package var usedSize: Int {
        var information = MDB_envinfo()
        var statistics = MDB_stat()
        mdb_env_info(raw, &information)
        mdb_env_stat(raw, &statistics)
        return (Int(information.me_last_pgno) + 1) * Int(statistics.ms_psize)
    }

    /// Gives back the slots of readers that were killed, which would pin old pages for ever.
    package func clearStaleReaders() {
        var count: Int32 = 0
        mdb_reader_check(raw, &count)
    }

    /// The number of the last transaction that was committed, by any process.
    package var lastTransactionID: Int {
        var information = MDB_envinfo()
        mdb_env_info(raw, &information)
        return Int(information.me_last_txnid)
    }

    /// Slots of the reader table in use.
    package var readerCount: Int {
        var information = MDB_envinfo()
        mdb_env_info(raw, &information)
        return Int(information.me_numreaders)
    }

    static func check(_ result: Int32, _ call: String, _ path: String) throws(StorageError) {
        guard result != MDB_SUCCESS else { return }
        if Platform.isLackOfRoom(result) { throw .noRoom(call: call, path: path) }
        throw failure(result, call, path)
    }

    static func failure(_ result: Int32, _ call: String, _ path: String) -> StorageError {
        .lmdb(
            call: call, path: path, number: result,
            message: mdb_strerror(result).map { String(cString: $0) } ?? "unknown error")
    }

    private static func open(
        path: String, mapSize: Int, readOnly: Bool, deferred: Set<String>
    ) throws(StorageError) -> (raw: OpaquePointer, mapSize: Int) {
        if readOnly && !FileSystem.exists(path + "/data.mdb") { throw .missing(path: path) }
        if FileSystem.allocatedSize(path + "/data.mdb") > 0 {
            // LMDB must not see meta pages that lead astray.
            _ = try MetaPages(reading: try dataFile(path))
        }
        var size = max(mapSize, 2 * FileSystem.allocatedSize(path + "/data.mdb"))
        size = (size + 0xFFFF) & ~0xFFFF
        while true {
            var created: OpaquePointer?
            try check(mdb_env_create(&created), "mdb_env_create", path)
            guard let raw = created else {
                throw failure(Platform.outOfMemory, "mdb_env_create", path)
            }
            mdb_env_set_mapsize(raw, size)
            mdb_env_set_maxdbs(raw, 32)
            mdb_env_set_maxreaders(raw, 1022)
            let flags = UInt32(MDB_NOTLS) | (readOnly ? UInt32(MDB_RDONLY) : 0)
            let result = mdb_env_open(raw, path, flags, 0o644)
            if result == MDB_SUCCESS {
                var dead: Int32 = 0
                mdb_reader_check(raw, &dead)
                do throws(StorageError) {
                    try refuseDamage(of: raw, path: path, deferred: deferred)
                    try coverPages(of: raw, path: path, readOnly: readOnly)
                } catch {
                    mdb_env_close(raw)
                    throw error
                }
                return (raw, size)
            }
            mdb_env_close(raw)
            guard result == Platform.outOfMemory, size > 64 << 20 else {
                throw failure(result, "mdb_env_open", path)
            }
            size = (size / 2 + 0xFFFF) & ~0xFFFF
        }
    }

    /// Sees to it that the file holds every page that the last commit speaks of.
    ///
    /// LMDB does not write pages that were taken and given back in one transaction, so a sound file
    /// may end before the last page, though never before one that is in use. A writer makes it
    /// longer when it opens the file and after every commit.
    static func coverPages(
        of raw: OpaquePointer, path: String, readOnly: Bool
    ) throws(StorageError) {
        guard !readOnly else { return }
        var information = MDB_envinfo()
        var statistics = MDB_stat()
        mdb_env_info(raw, &information)
        mdb_env_stat(raw, &statistics)
        let needed = (Int(information.me_last_pgno) + 1) * Int(statistics.ms_psize)
        try storageCall { () throws(SystemFailure) in
            guard try FileSystem.size(path + "/data.mdb") < needed else { return }
            try FileDescriptor(opening: path + "/data.mdb", .readWrite).truncate(to: needed)
        }
    }
}
