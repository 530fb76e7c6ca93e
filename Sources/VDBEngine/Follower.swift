internal import Synchronization
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// What a reading process knows of the log that another one writes.
///
/// Before each search it looks whether there is more: two numbers tell, the position that the
/// writer has published and the tables' last transaction.
final class Follower: Sendable {
    private struct Progress: ~Copyable {
        var reader: LogReader?
        /// Nil before the first look.
        var published: PublishedPosition?
        /// That of the tables that the engine shows.
        var transactionID: Int
        /// When it was last seen that the database is still at its path.
        var placeSeconds = -Double.infinity
    }

    /// How often it looks whether the database is still at its path: a system call that a search
    /// need not wait for.
    private static let placeIntervalSeconds = 0.1

    private let database: Directory
    private let directory: LogDirectory
    private let watch: WriterWatch
    /// Held while one thread catches up; the others then find it done.
    private let progress: Mutex<Progress>
    private let superseded = Atomic(false)
    /// A checkpoint beside us may remove a segment before we have read it, each time anew.
    private static let attempts = 100

    /// - Parameter transactionID: that of the tables as the engine has opened them.
    init(_ database: Directory, _ log: LogDirectory, transactionID: Int) {
        progress = Mutex(Progress(transactionID: transactionID))
        self.database = database
        directory = log
        watch = WriterWatch(database, identity: log.identity)
    }

    /// Whether the tables' file has been replaced by another.
    var isSuperseded: Bool { superseded.load(ordering: .relaxed) }

    /// Brings `engine`, which only reads, to what is acknowledged now.
    func catchUp(_ engine: Engine) throws(EngineError) {
        let failure = progress.withLock { progress -> EngineError? in
            do throws(EngineError) {
                try catchUp(engine, &progress)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func catchUp(
        _ engine: Engine, _ progress: inout Progress
    ) throws(EngineError) {
        let now = Platform.monotonicSeconds
        if now >= progress.placeSeconds + Self.placeIntervalSeconds {
            try calling { () throws(SystemFailure) in try database.confirmPlace() }
            progress.placeSeconds = now
        }
        let published = watch.published
        let isFirst = progress.published == nil
        guard
            isFirst || published != progress.published
                || engine.environment.lastTransactionID != progress.transactionID
        else { return }
        guard engine.environment.isInPlace else {
            superseded.store(true, ordering: .relaxed)
            return
        }
        // After a loss of power, what the last writer published may be less than the log holds.
        let end: LogPosition? =
            if case .through(let position) = published, !isFirst || watch.isWriterThere {
                position
            } else {
                nil
            }
        for attempt in 1...Self.attempts {
            do throws(EngineError) {
                try adoptTables(engine, &progress)
                try readLog(to: end, engine, &progress)
                break
            } catch {
                guard error.isRemovedSegment, attempt < Self.attempts else { throw error }
                // The tables hold by now what was in it.
                progress.reader = nil
            }
        }
        progress.published = published
    }

    /// Looks at the tables anew if a transaction has changed them.
    private func adoptTables(
        _ engine: Engine, _ progress: inout Progress
    ) throws(EngineError) {
        guard engine.environment.lastTransactionID != progress.transactionID else { return }
        let (stored, isBehind) = try storing { () throws(StorageError) in
            try engine.environment.addMissingTables()
            let stored = try StoredState(
                environment: engine.environment, shape: engine.shape,
                earlier: engine.snapshot.stored)
            return (stored, stored.manifest.appliedPosition > engine.snapshot.position.rawValue)
        }
        if isBehind {
            try engine.restart(from: stored)
            progress.reader = nil
        } else {
            try storing { () throws(StorageError) in try engine.adoptStored(stored) }
        }
        progress.transactionID = stored.transactionID
    }

    /// Applies the records of the log up to `end`, or all that are valid.
    private func readLog(
        to end: LogPosition?, _ engine: Engine, _ progress: inout Progress
    ) throws(EngineError) {
        var reader = try takeReader(from: engine.snapshot.position, &progress)
        while end.map({ reader.position < $0 }) ?? true,
            let record = try logging({ () throws(LogError) in try reader.next() })
        {
            // One by one: after a failure the next look goes on from what was applied.
            engine.publish(try engine.apply(record))
        }
        progress.reader = consume reader
    }

    private func takeReader(
        from position: LogPosition, _ progress: inout Progress
    ) throws(EngineError) -> LogReader {
        do throws(LogError) {
            guard var reader = progress.reader.take() else {
                return try LogReader(directory, after: position)
            }
            try reader.refresh()
            return reader
        } catch {
            throw .log(error)
        }
    }
}

extension EngineError {
    /// Whether a segment of the log is not there (any more).
    fileprivate var isRemovedSegment: Bool {
        switch self {
        case .log(.missingSegment): true
        case .log(.system(let failure)): failure.isAbsence
        default: false
        }
    }
}

extension Engine {
    /// In a process that only reads: sees everything that is acknowledged by now.
    func follow() throws(EngineError) { try follower?.catchUp(self) }
}
