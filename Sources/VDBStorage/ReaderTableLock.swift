internal import CLMDB
internal import VDBPrimitives

/// Keeps LMDB's reader table as it is while the database is open, whatever the host does.
///
/// LMDB shows by two `fcntl` locks of the process on `lock.mdb` that it is there: byte 0, without
/// which the next opener takes itself for the first and empties the table of readers, and the byte
/// of the process's number, without which others take its readers for dead and use their pages
/// again. Such locks end as soon as the process closes *any* descriptor of the file, as a host does
/// that copies the directory. So both bytes are held by locks of an open file too, which last as
/// long as this descriptor. They also let a process open the file a second time without emptying
/// its own table, as long as `lock.mdb` is still the same file (`confirm`).
///
/// A class, since it ends at a moment of its owner's choice.
final class ReaderTableLock: Sendable {
    private static let byteOfOpeners = 0

    /// Nil where the system has no such locks, or LMDB has no lock file.
    private let file: FileDescriptor?
    /// Nil where `file` is.
    private let identity: FileIdentity?
    /// Whether the process may open the file again beside itself.
    let allowsGrowth: Bool
    private let process = Int(Platform.processID)
    private let origin = ProcessOrigin()

    /// To be made as soon as LMDB has opened the file.
    init(_ directory: Directory, _ mode: Mapping.Mode) throws(StorageError) {
        guard Platform.hasOpenFileLocks, mode != .readWithoutLock else {
            file = nil
            identity = nil
            allowsGrowth = mode == .readWithoutLock
            return
        }
        let opened = try storageCall { () throws(SystemFailure) in
            try directory.openLock("lock.mdb", .read)
        }
        // Some network file systems know no such locks.
        allowsGrowth = opened.holdShared(byteAt: Self.byteOfOpeners)
        identity = FileIdentity(ofDescriptor: opened.number)
        file = consume opened
    }

    // Closing alone would leave the bytes held while a process that was just forked off, on its way
    // to another program, still has the file open too.
    deinit {
        guard origin.isCurrent else { return }
        file?.release(byteAt: process)
        file?.release(byteAt: Self.byteOfOpeners)
    }

    /// Throws if `lock.mdb` is no longer the file that LMDB has open: whoever opens the database
    /// then, this process included, does not see its readers.
    func confirm(_ directory: Directory) throws(StorageError) {
        guard identity == nil || identity == directory.identity(of: "lock.mdb") else {
            throw .system(.fileReplaced(directory.path(of: "lock.mdb")))
        }
    }

    /// Has LMDB begin its first transaction of a mapping, for which it takes the process's byte,
    /// then holds that byte too.
    func enter(_ mapping: Mapping, path: String) throws(StorageError) {
        // LMDB asks for the byte alone: meanwhile the process's own lock has to do, which may have
        // been lost.
        file?.shareProcessLock(byteAt: process)
        file?.release(byteAt: process)
        var first: OpaquePointer?
        let result = mdb_txn_begin(mapping.raw, nil, UInt32(MDB_RDONLY), &first)
        if result == MDB_SUCCESS { mdb_txn_abort(first) }
        file?.shareProcessLock(byteAt: process)
        _ = file?.holdShared(byteAt: process)
        try Environment.check(result, "mdb_txn_begin", path)
    }
}
