internal import CLMDB
internal import Synchronization
package import VDBPrimitives

/// An open LMDB environment with all its tables.
///
/// `MDB_NOTLS`, because Swift tasks change threads; never `MDB_WRITEMAP` or `MDB_NOSYNC`, because a
/// stray pointer or a power failure would then damage the file. Any thread may begin transactions.
package final class Environment: @unchecked Sendable {
    // @unchecked: LMDB's environment is thread-safe, the tables are behind a lock, and the lock on
    // the table of readers changes in `deinit` alone.
    package let directory: Directory
    package let mode: Mapping.Mode
    /// Bytes that the file may not exceed.
    package let sizeLimit: Int
    /// Bytes of address space that a write transaction finds behind the pages in use.
    let headroom: Int
    let pageSize: Int
    /// A bit for each table whose pages were checked; all of them when everything was.
    let trusted: Atomic<UInt64>
    let mappings: Mutex<Mappings>
    /// By name; held for one look-up, or while tables are added.
    private let tables: Mutex<[String: Table]>
    /// Set until the end: it must go before another opening of the path is allowed.
    private(set) var readerTableLock: ReaderTableLock?
    /// Look-ups in tables that were not checked as a whole.
    let partialChecks = Atomic(0)
    private let origin = ProcessOrigin()

    /// All openings of the file; held for one look, or while a larger one is made.
    struct Mappings: Sendable {
        var current: Mapping
        /// Those that became too small, whose transactions may go on.
        var earlier: [Mapping] = []
        /// Whether a transaction has met the end of the map.
        var isFull = false
        /// Whether there was no address space for a larger map.
        var isLargest = false
    }

    package var path: String { directory.path }
    package var isReadOnly: Bool { mode.isReadOnly }

    /// The opening of the file in which the next transaction begins.
    var mapping: Mapping { mappings.withLock { $0.current } }

    var raw: OpaquePointer { mapping.raw }

    /// Bytes of address space reserved for the file.
    package var mapSize: Int { mapping.size }

    /// Opens the environment in `directory`. LMDB's file locks break if one process opens a file
    /// twice: a second opening is refused.
    ///
    /// - Parameters:
    ///   - tableNames: all tables.
    ///   - laterNames: those of them that a database of an earlier format lacks. Where they are
    ///     missing they are empty, until `addMissingTables` makes them.
    ///   - creating: whether tables that are missing are created, instead of refused.
    ///   - deferred: tables whose pages are checked when they are first used, not at opening.
    ///   - sizeLimit: bytes that the file may not exceed. Address space is reserved as it grows.
    ///   - headroom: bytes of address space that a write transaction finds behind the pages in use.
    package init(
        _ directory: Directory, tableNames: [String], laterNames: Set<String> = [],
        sizeLimit: Int, headroom: Int? = nil, mode: Mapping.Mode, creating: Bool = false,
        deferred: Set<String> = []
    ) throws(StorageError) {
        let headroom = headroom ?? Mapping.headroom
        guard ProcessRegistry.insert(directory.identity) else {
            throw .openTwice(path: directory.path)
        }
        do throws(StorageError) {
            let opened = try Self.open(
                directory, sizeLimit: sizeLimit, headroom: headroom, mode: mode,
                deferred: deferred)
            var current = opened.mapping
            do throws(StorageError) {
                let opening = TableOpening(
                    names: tableNames, laterNames: laterNames, path: directory.path,
                    isReadOnly: mode.isReadOnly, isCreating: creating)
                tables = Mutex(try opening.open(in: current.raw))
                current.start =
                    creating ? nil : try Self.mapStart(of: current, path: directory.path)
            } catch {
                mdb_env_close(current.raw)
                throw error
            }
            let walked = tables.withLock { tables in
                tables.values.reduce(0) { deferred.contains($1.name) ? $0 : $0 | $1.bit }
            }
            self.directory = directory
            self.mode = mode
            self.headroom = headroom
            self.sizeLimit = opened.sizeLimit
            pageSize = current.pageSize
            readerTableLock = opened.lock
            mappings = Mutex(Mappings(current: current))
            trusted = Atomic(walked)
        } catch {
            ProcessRegistry.remove(directory.identity)
            throw error
        }
    }

    deinit {
        // What was opened before a fork is the parent's: LMDB would free its readers' slots.
        guard origin.isCurrent else { return }
        mappings.withLock { mappings in
            for mapping in mappings.earlier + [mappings.current] { mdb_env_close(mapping.raw) }
        }
        readerTableLock = nil
        ProcessRegistry.remove(directory.identity)
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
        try followGrowth()
        let opening = TableOpening(
            names: missing, laterNames: isReadOnly ? Set(missing) : [], path: path,
            isReadOnly: isReadOnly, isCreating: !isReadOnly)
        // No larger map may come in between, which would lack them.
        try mappings.withLock { (mappings) throws(StorageError) in
            let added = try opening.open(in: mappings.current.raw)
            tables.withLock { $0.merge(added) { $1 } }
        }
    }

    /// Opens the tables in another opening of the file, under the same numbers: LMDB gives numbers
    /// in the order of opening.
    func openTables(in raw: OpaquePointer) throws(StorageError) {
        let known = tables.withLock { Array($0.values) }.filter { !$0.isMissing }
            .sorted { $0.bit < $1.bit }
        let opening = TableOpening(
            names: known.map(\.name), laterNames: [], path: path, isReadOnly: true,
            isCreating: false)
        let opened = try opening.open(in: raw)
        for table in known where opened[table.name] != table {
            throw .damaged(
                table: table.name, key: "",
                failure: .inconsistent("it has another number when the file is opened again"))
        }
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

    /// Whether a value on overflow pages of its own stays where it is until it is replaced, for all
    /// values that are padded to `AlignedValue`'s least size: larger pages keep them in leaves,
    /// which move whenever a neighbour changes.
    package var keepsRuns: Bool { PageLayout.nodeLimit(pageSize: pageSize) < 2048 }

    /// Bytes of the file in use: pages ever allocated, free ones included.
    package var usedSize: Int { mapping.usedSize }

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
        let message = mdb_strerror(result).map { String(cString: $0) } ?? "unknown error"
        return switch result {
        case MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_INVALID:
            .foreign(path: path, message: message)
        case MDB_VERSION_MISMATCH: .foreignVersion(path: path, message: message)
        default: .lmdb(call: call, path: path, number: result, message: message)
        }
    }

    private static func open(
        _ directory: Directory, sizeLimit: Int, headroom: Int, mode: Mapping.Mode,
        deferred: Set<String>
    ) throws(StorageError) -> Opening {
        if mode.isReadOnly && !directory.exists("data.mdb") {
            throw .missing(path: directory.path)
        }
        let fileSize = directory.allocatedSize(of: "data.mdb")
        if fileSize > 0 {
            // LMDB must not see meta pages that lead astray.
            _ = try MetaPages(reading: try dataFile(in: directory))
        }
        let limit = max(sizeLimit, 2 * fileSize)
        let least = fileSize + (1 << 16)
        let wanted = Mapping.size(
            forFileOf: fileSize, mode: mode, headroom: headroom, limit: limit)
        let opening = try Opening(directory, mode, wanted: wanted, least: least, limit: limit)
        let mapping = opening.mapping
        do throws(StorageError) {
            try opening.lock.enter(mapping, path: directory.path)
            var dead: Int32 = 0
            mdb_reader_check(mapping.raw, &dead)
            try refuseDamage(of: mapping.raw, path: directory.path, deferred: deferred)
            try coverPages(of: mapping.raw, directory, mode)
            return opening
        } catch {
            mdb_env_close(mapping.raw)
            throw error
        }
    }

    /// The file opened by LMDB, and held against what the host may do.
    private struct Opening {
        let mapping: Mapping
        let lock: ReaderTableLock
        let sizeLimit: Int

        init(
            _ directory: Directory, _ mode: Mapping.Mode, wanted: Int, least: Int, limit: Int
        ) throws(StorageError) {
            var mapping = try Mapping.open(directory, mode: mode, wanted: wanted, least: least)
            let lock: ReaderTableLock
            do throws(StorageError) {
                lock = try ReaderTableLock(directory, mode)
            } catch {
                mdb_env_close(mapping.raw)
                throw error
            }
            if !lock.allowsGrowth {
                // The file cannot be opened again beside itself later: everything now.
                mdb_env_close(mapping.raw)
                mapping = try Mapping.open(directory, mode: mode, wanted: limit, least: least)
            }
            self.mapping = mapping
            self.lock = lock
            sizeLimit = limit
        }
    }

    /// Sees to it that the file holds every page that the last commit speaks of.
    ///
    /// LMDB does not write pages that were taken and given back in one transaction, so a sound file
    /// may end before the last page, though never before one that is in use. A writer makes it
    /// longer when it opens the file and after every commit.
    static func coverPages(
        of raw: OpaquePointer, _ directory: Directory, _ mode: Mapping.Mode
    ) throws(StorageError) {
        guard mode == .write else { return }
        let needed = Mapping(raw: raw, size: 0).usedSize
        try storageCall { () throws(SystemFailure) in
            guard try directory.size(of: "data.mdb") < needed else { return }
            try directory.open("data.mdb", .readWrite).truncate(to: needed)
        }
    }
}
