internal import Synchronization
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// The right to write a database: an advisory lock on its file `writer.lock`, in which the holder
/// tells reading processes how far it has acknowledged.
///
/// The operating system gives the lock back when the process ends, however it ends.
final class WriterLock: Sendable {
    private struct Held: ~Copyable {
        var file: FileDescriptor?
        var published = PublishedPosition.unknown
    }

    /// Readers hold the lock for an instant, to see whether there is a writer.
    private static let attempts = 20
    private static let pauseSeconds = 0.005

    /// The process that took the lock.
    private let owner = Platform.processID
    /// Held for one write to the file.
    private let held: Mutex<Held>

    init(database path: String) throws(EngineError) {
        let descriptor = try calling { () throws(SystemFailure) in
            try FileDescriptor(opening: path + "/writer.lock", .createIfMissing)
        }
        var attempt = 1
        while !(try calling({ () throws(SystemFailure) in try descriptor.tryLock() })) {
            guard attempt < Self.attempts else { throw .storage(.locked(path: path)) }
            attempt += 1
            Platform.sleep(seconds: Self.pauseSeconds)
        }
        held = Mutex(Held(file: consume descriptor))
    }

    /// Tells readers how far they may read; never back, except to `unknown`.
    ///
    /// Best effort, since a disk may be full: a reader that is not told sees an earlier state.
    func publish(_ position: PublishedPosition, _ identity: LogIdentity) {
        held.withLock { held in
            if case .through(let new) = position, case .through(let old) = held.published,
                new <= old
            {
                return
            }
            held.published = position
            position.encode(identity).withUnsafeBytes { bytes in
                _ = try? held.file?.write(bytes, at: 0)
            }
        }
    }

    deinit { release() }

    /// Gives the right back; a forked child, which shares the lock, leaves it to its parent.
    func release() {
        held.withLock { held in
            if owner == Platform.processID { held.file?.unlock() }
            held.file = nil
        }
    }
}
