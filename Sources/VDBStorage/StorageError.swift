package import VDBPrimitives

/// Why the storage layer could not do what was asked.
package enum StorageError: Error, Hashable, CustomStringConvertible {
    /// An LMDB call failed with one of its own or the operating system's error numbers.
    case lmdb(call: String, path: String, number: Int32, message: String)
    /// There is no room on the disk or in the user's quota; the transaction did not happen.
    case noRoom(call: String, path: String)
    /// The memory map is full: `size` bytes are all in use.
    case mapFull(path: String, size: Int)
    /// This process has the database open already.
    case openTwice(path: String)
    /// Another writer has the database open.
    case locked(path: String)
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
        case .mapFull(let path, let size):
            "the map of \(path) is full at \(size) bytes: open it with a larger map size"
        case .openTwice(let path):
            "\(path) is open in this process already: share that handle"
        case .locked(let path):
            "\(path) is open in another writing process"
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
        case .noRoom, .mapFull: true
        case .system(let failure): failure.isLackOfRoom
        default: false
        }
    }
}
