internal import VDBPrimitives
internal import VDBStorage

/// The right to read a database without LMDB's lock file, which takes write access: nobody writes
/// as long as this is held.
///
/// A reader that is not in LMDB's table must not read beside a writer, which would use its pages
/// again. It shares the lock on `writer.lock` instead, for which read access suffices; a writer is
/// then refused until the reader is closed. On a file system that is mounted read-only, a database
/// without that file was never written since it came there.
final class ReadingAtRest: Sendable {
    private let file: FileDescriptor?
    private let origin = ProcessOrigin()

    /// - Returns: nil if LMDB's lock file can be used, so that nothing of this is needed.
    static func ifNeeded(_ database: Directory) throws(EngineError) -> ReadingAtRest? {
        database.isWritable("lock.mdb") ? nil : try ReadingAtRest(database)
    }

    private init(_ database: Directory) throws(EngineError) {
        guard database.exists(WriterLock.name) || !database.isOnReadOnlyFileSystem else {
            file = nil
            return
        }
        do throws(SystemFailure) {
            file = try Self.shareLock(database)
        } catch {
            throw .storage(.readingNeedsLock(path: database.path, cause: error))
        }
    }

    deinit { if origin.isCurrent { file?.unlock() } }

    private static func shareLock(_ database: Directory) throws(SystemFailure) -> FileDescriptor {
        let file = try database.openLock(WriterLock.name, .read)
        guard try file.tryLock(shared: true) else {
            throw .inUse(database.path(of: WriterLock.name))
        }
        return file
    }
}
