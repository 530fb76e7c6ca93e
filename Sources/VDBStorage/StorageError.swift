package import VDBPrimitives

/// Why the storage layer could not do what was asked.
package enum StorageError: Error, Hashable, CustomStringConvertible {
    /// An LMDB call failed with one of its own or the operating system's error numbers.
    case lmdb(call: String, path: String, number: Int32, message: String)
    /// There is no room on the disk or in the user's quota; the transaction did not happen.
    case noRoom(call: String, path: String)
    /// The memory map is full: `size` bytes are all in use; `limit` is what the caller allows.
    case mapFull(path: String, size: Int, limit: Int)
    /// A transaction needs more than the `size` bytes of its map; the next one gets a larger map.
    case mapTooSmall(path: String, size: Int)
    /// The operating system has no address space for a map of `size` bytes.
    case noAddressSpace(path: String, size: Int)
    /// Not a file of LMDB's, or not one any more, by LMDB's own judgement.
    case foreign(path: String, message: String)
    /// A file of another version of LMDB.
    case foreignVersion(path: String, message: String)
    /// This process has the database open already.
    case openTwice(path: String)
    /// Another writer has the database open.
    case locked(path: String)
    /// A process reads the database without LMDB's lock, and holds writers off meanwhile.
    case readAtRest(path: String)
    /// Without write access to `lock.mdb` it can be read only while nobody writes, and that cannot
    /// be made sure of.
    case readingNeedsLock(path: String, cause: SystemFailure)
    /// There is no database at the path.
    case missing(path: String)
    /// A value is damaged or foreign.
    case damaged(table: String, key: String, failure: DecodingFailure)
    /// One of LMDB's own pages is damaged; `table` is `meta`, `free list`, `tables` or a table's
    /// name, `offset` counts from the file's start where one byte is to blame.
    case damagedPage(file: String, page: UInt64, table: String, offset: Int?, reason: String)
    /// A system call outside LMDB failed.
    case system(SystemFailure)

    package var description: String {
        switch self {
        case .lmdb(let call, let path, let number, let message):
            "\(call) on \(path): \(message) (\(number))"
        case .noRoom(let call, let path):
            "\(call) on \(path): there is no room on the disk; free some, and it goes on"
        case .mapFull(let path, let size, let limit) where size >= limit:
            "the tables of \(path) have reached the \(limit) bytes that `mapSize` allows: open it "
                + "with a larger one"
        case .mapFull(let path, let size, let limit):
            "the tables of \(path) fill the \(size) bytes of address space that could be reserved "
                + "(`mapSize` allows \(limit)): raise the limit on address space, or close other "
                + "databases"
        case .mapTooSmall(let path, let size):
            "the transaction needs more than the \(size) bytes of address space reserved for "
                + "\(path); more is reserved now: repeat it"
        case .noAddressSpace(let path, let size):
            "there is no address space for the \(size) bytes that \(path) needs at least: raise "
                + "the limit on it (ulimit -v), or close other databases"
        case .foreign(let path, let message), .foreignVersion(let path, let message):
            "\(path)/data.mdb: \(message)"
        case .openTwice(let path):
            "\(path) is open in this process already: share that handle"
        case .locked(let path):
            "\(path) is open in another writing process"
        case .readAtRest(let path):
            "\(path) is open in a process that has no write access to its lock.mdb, and so keeps "
                + "writers off while it reads: wait until it has closed"
        case .readingNeedsLock(let path, let cause):
            "without write access to \(path)/lock.mdb it can be read only while no process writes "
                + "(\(cause)): give that access (chmod g+w), or read when the writer has closed"
        case .missing(let path):
            "no database at \(path)"
        case .damaged(let table, let key, let failure):
            "table \(table), key \(key): \(failure)"
        case .damagedPage(let file, let page, let table, let offset, let reason):
            (table == "meta"
                ? "meta page \(page) of \(file)" : "page \(page) of \(file) (\(table))")
                + " is damaged" + (offset.map { " at byte \($0)" } ?? "") + ": \(reason)"
        case .system(let failure):
            failure.description
        }
    }
}

extension StorageError {
    /// Whether there was no room, on the disk or in the map: the transaction did not happen, and
    /// may succeed later.
    package var isLackOfRoom: Bool {
        switch self {
        case .noRoom, .mapFull, .mapTooSmall, .noAddressSpace: true
        case .system(let failure): failure.isLackOfRoom
        default: false
        }
    }
}
