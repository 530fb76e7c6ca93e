internal import Synchronization
internal import VDBPrimitives
internal import VDBStorage

/// The right to write a database: an advisory lock on its file `writer.lock`.
///
/// The operating system gives it back when the process ends, however it ends.
final class WriterLock: Sendable {
    private let file: Mutex<FileDescriptor?>

    init(database path: String) throws(EngineError) {
        let descriptor = try calling { () throws(SystemFailure) in
            try FileDescriptor(opening: path + "/writer.lock", .createIfMissing)
        }
        guard try calling({ () throws(SystemFailure) in try descriptor.tryLock() }) else {
            throw .storage(.locked(path: path))
        }
        file = Mutex(consume descriptor)
    }

    deinit { release() }

    func release() {
        file.withLock { file in
            file?.unlock()
            file = nil
        }
    }
}
