internal import CLMDB
internal import VDBPrimitives

/// One opening of the file by LMDB, and the address space that it has for it.
///
/// LMDB cannot enlarge a map under readers: their pointers would lead nowhere. An environment that
/// needs a larger one opens the file again. It keeps the earlier mappings for the transactions that
/// began in them, until all are closed together.
package struct Mapping: @unchecked Sendable {
    // @unchecked: LMDB's environment is thread-safe, and what is here never changes.
    let raw: OpaquePointer
    /// Bytes of address space.
    let size: Int
    /// Where the file begins in memory; nil if it had no table yet.
    var start: UnsafeRawPointer?

    /// What an environment is opened for.
    package enum Mode: Sendable, Hashable {
        case write
        case read
        /// Reads without `lock.mdb`: the caller sees to it that nobody writes.
        case readWithoutLock

        package var isReadOnly: Bool { self != .write }

        fileprivate var flags: UInt32 {
            switch self {
            case .write: UInt32(MDB_NOTLS)
            case .read: UInt32(MDB_NOTLS | MDB_RDONLY)
            case .readWithoutLock: UInt32(MDB_NOTLS | MDB_RDONLY | MDB_NOLOCK)
            }
        }
    }

    /// Address space that a transaction finds behind the pages in use: what LMDB lets one change,
    /// unless values are larger than a page.
    private static let usualHeadroom = 512 << 20

    /// Address space that a reader has beyond the file at least.
    private static let readingFloor = 64 << 20

    /// The same for all where a limit makes it scarce.
    private static let scarceFloor = 16 << 20

    /// Bytes that a mapping for writing keeps free, beyond the pages in use. A host that limits its
    /// address space wants most of it for itself.
    static var headroom: Int {
        min(usualHeadroom, Platform.addressSpaceLimit.map { max(scarceFloor, $0 / 32) } ?? .max)
    }

    /// Bytes to reserve for a file of `fileSize` bytes: as much again, and a floor for small files.
    /// No more than that, since a host may have a thousand databases open.
    ///
    /// - Parameters:
    ///   - headroom: what a transaction is to find free at least.
    ///   - limit: what the file may not exceed.
    static func size(forFileOf fileSize: Int, mode: Mode, headroom: Int, limit: Int) -> Int {
        let floor = mode.isReadOnly ? min(readingFloor, headroom) : 2 * headroom
        let most = Platform.addressSpaceLimit.map { max(floor, $0 / 4) } ?? .max
        return rounded(max(fileSize, min(limit, fileSize + max(floor, min(fileSize, most)))))
    }

    private static func rounded(_ size: Int) -> Int { (size + 0xFFFF) & ~0xFFFF }

    /// Opens the file in `directory`; takes less address space than `wanted`, but at least
    /// `least`, where there is not so much.
    static func open(
        _ directory: Directory, mode: Mode, wanted: Int, least: Int
    ) throws(StorageError) -> Mapping {
        let least = rounded(least)
        var size = max(wanted, least)
        while true {
            do throws(StorageError) {
                return try open(directory, mode: mode, size: size)
            } catch {
                guard case .noAddressSpace = error, size > least else { throw error }
                size = max(least, rounded(size / 2))
            }
        }
    }

    private static func open(
        _ directory: Directory, mode: Mode, size: Int
    ) throws(StorageError) -> Mapping {
        let path = directory.path
        // LMDB follows links, and writes what it finds at the end.
        try storageCall { () throws(SystemFailure) in
            try directory.confirmRegular("data.mdb")
            try directory.confirmRegular("lock.mdb")
        }
        var created: OpaquePointer?
        try Environment.check(mdb_env_create(&created), "mdb_env_create", path)
        guard let raw = created else {
            throw Environment.failure(Platform.outOfMemory, "mdb_env_create", path)
        }
        mdb_env_set_mapsize(raw, size)
        mdb_env_set_maxdbs(raw, 32)
        mdb_env_set_maxreaders(raw, 1022)
        let result = mdb_env_open(raw, directory.currentPath, mode.flags, 0o644)
        guard result == MDB_SUCCESS else {
            mdb_env_close(raw)
            if result == Platform.outOfMemory { throw .noAddressSpace(path: path, size: size) }
            throw Environment.failure(result, "mdb_env_open", path)
        }
        let mapping = Mapping(raw: raw, size: size, start: nil)
        do throws(StorageError) {
            try mapping.confirm(directory)
        } catch {
            mdb_env_close(raw)
            throw error
        }
        return mapping
    }

    /// LMDB opens by path: refuses what it has opened if that is not the file in `directory`.
    private func confirm(_ directory: Directory) throws(StorageError) {
        guard file == directory.identity(of: "data.mdb") else {
            throw .system(.replaced(directory.path))
        }
    }

    /// The file that is mapped.
    var file: FileIdentity? {
        var number: mdb_filehandle_t = -1
        mdb_env_get_fd(raw, &number)
        return FileIdentity(ofDescriptor: number)
    }

    /// Bytes of the file in use: pages ever allocated, free ones included.
    var usedSize: Int {
        var information = MDB_envinfo()
        mdb_env_info(raw, &information)
        return (Int(information.me_last_pgno) + 1) * pageSize
    }

    var pageSize: Int {
        var statistics = MDB_stat()
        mdb_env_stat(raw, &statistics)
        return Int(statistics.ms_psize)
    }

    /// The page on which the memory at `address` lies; nil if that is not in the map.
    func pageNumber(of address: UnsafeRawPointer) -> UInt64? {
        guard let start, address >= start, address < start + size else { return nil }
        return UInt64((address - start) / pageSize)
    }
}
