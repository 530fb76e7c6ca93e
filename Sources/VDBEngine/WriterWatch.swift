internal import Synchronization
internal import VDBLog
internal import VDBPrimitives

/// A reading process's eye on the writing one: the lock file `writer.lock`.
final class WriterWatch: Sendable {
    private let path: String
    private let identity: LogIdentity
    /// Nil while there is no such file; held for one read.
    private let file = Mutex<FileDescriptor?>(nil)

    init(database path: String, identity: LogIdentity) {
        self.path = path + "/writer.lock"
        self.identity = identity
    }

    /// How far the writer has acknowledged.
    var published: PublishedPosition {
        withFile { PublishedPosition.read(from: $0, identity) } ?? .unknown
    }

    /// Whether some process has the right to write.
    ///
    /// Takes the lock for an instant; a writer that comes in it tries again.
    var isWriterThere: Bool {
        withFile { file in
            guard (try? file.tryLock(shared: true)) == true else { return true }
            file.unlock()
            return false
        } ?? false
    }

    private func withFile<Result>(_ body: (borrowing FileDescriptor) -> Result) -> Result? {
        self.file.withLock { file in
            if file == nil { file = try? FileDescriptor(opening: path, .read) }
            guard let opened = file.take() else { return nil }
            let result = body(opened)
            file = consume opened
            return result
        }
    }
}
