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

    /// The lock file's name in the database's directory.
    static let name = "writer.lock"

    /// Readers hold the lock for an instant, to see whether there is a writer.
    private static let attempts = 20
    private static let pauseSeconds = 0.005

    /// The process that took the lock.
    private let origin = ProcessOrigin()
    /// Held for one write to the file.
    private let held: Mutex<Held>

    init(_ database: Directory) throws(EngineError) {
        let descriptor = try calling { () throws(SystemFailure) in
            try database.openLock(Self.name, .createIfMissing)
        }
        var attempt = 1
        while !(try calling({ () throws(SystemFailure) in try descriptor.tryLock() })) {
            guard attempt < Self.attempts else {
                throw .storage(Self.refusal(of: database, descriptor))
            }
            attempt += 1
            Platform.sleep(seconds: Self.pauseSeconds)
        }
        held = Mutex(Held(file: consume descriptor))
    }

    /// Who has the lock: this process, another one that writes, or one that reads at rest.
    private static func refusal(
        of database: Directory, _ descriptor: borrowing FileDescriptor
    ) -> StorageError {
        if ProcessRegistry.contains(database.identity) { return .openTwice(path: database.path) }
        let isShared = (try? descriptor.tryLock(shared: true)) == true
        return isShared ? .readAtRest(path: database.path) : .locked(path: database.path)
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

    /// Gives the right back; in a forked child there is nothing to give back.
    func release() {
        guard origin.isCurrent else { return }
        held.withLock { held in
            held.file?.unlock()
            held.file = nil
        }
    }
}
