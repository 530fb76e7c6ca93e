internal import Synchronization
internal import VDBLog
internal import VDBPrimitives

/// A reading process's eye on the writing one: the lock file `writer.lock`.
final class WriterWatch: Sendable {
    private struct State: ~Copyable {
        /// Nil while there is no such file.
        var file: FileDescriptor?
        /// The bytes of the last look, and what they say: every search looks, and mostly sees the
        /// same.
        var lastBytes: (UInt64, UInt64) = (0, 0)
        var lastPosition = PublishedPosition.unknown
    }

    private let database: Directory
    private let identity: LogIdentity
    /// Held for one read.
    private let state = Mutex(State())

    init(_ database: Directory, identity: LogIdentity) {
        self.database = database
        self.identity = identity
    }

    /// How far the writer has acknowledged.
    var published: PublishedPosition {
        state.withLock { state in
            var bytes: (UInt64, UInt64) = (0, 0)
            let count = withUnsafeMutableBytes(of: &bytes) { field in
                withFile(&state) { try? $0.read(into: field, at: 0) } ?? nil
            }
            guard count == PublishedPosition.size else { return .unknown }
            if bytes != state.lastBytes {
                state.lastBytes = bytes
                state.lastPosition = withUnsafeBytes(of: bytes) {
                    PublishedPosition(decoding: $0, identity)
                }
            }
            return state.lastPosition
        }
    }

    /// Whether some process has the right to write.
    ///
    /// Takes the lock for an instant; a writer that comes in it tries again.
    var isWriterThere: Bool {
        state.withLock { state in
            withFile(&state) { file in
                guard (try? file.tryLock(shared: true)) == true else { return true }
                file.unlock()
                return false
            } ?? false
        }
    }

    private func withFile<Result>(
        _ state: inout State, _ body: (borrowing FileDescriptor) -> Result
    ) -> Result? {
        if state.file == nil { state.file = try? database.open(WriterLock.name, .read) }
        guard let opened = state.file.take() else { return nil }
        let result = body(opened)
        state.file = consume opened
        return result
    }
}
