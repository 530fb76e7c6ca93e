package import VDBFilters
internal import VDBIndex
package import VDBLog
package import VDBPrimitives
internal import VDBStorage

/// An open database: the one owner of its files in this process.
///
/// Any number of threads may search and write. Writes are serialized; searches see snapshots and
/// wait for nothing.
package final class Engine: Sendable {
    package let schema: Schema
    package let shape: RecordShape
    package let options: EngineOptions
    let environment: Environment
    /// Nil when read-only.
    let log: LogWriter?
    /// The lock file, held as long as a writer is open.
    let lock: WriterLock?
    /// Held while reading without LMDB's lock.
    private let rest: ReadingAtRest?
    /// Nil when writing.
    let follower: Follower?
    /// Guards the writing side; held while an operation is checked, encoded and appended, never
    /// while the log is synced or the tables are written.
    let writer: Monitor<WriterState>
    /// Guards the current snapshot; held for one assignment or copy.
    private let published: Monitor<Snapshot>
    /// Held by whoever writes the tables: a checkpoint, a step of a build.
    let tables = Monitor<Void>(())
    /// Held by whoever builds an index; taken before `tables`.
    let building = Monitor<Void>(())
    let background = Background()
    /// Payloads that there were when a dictionary was last tried; held for one look or change.
    let dictionaryTrial = Monitor<Int>(0)
    /// Lists that could not be divided, by number: how large they were then. Held for one look or
    /// change; forgotten when the database is closed.
    let indivisibleLists = Monitor<[UInt32: Int]>([:])
    /// Held for one look or change.
    let maintenanceTally = Monitor(MaintenanceTally())
    /// Dead rows when the lists were last looked through for them; nil if they never were. Held
    /// for one look or change.
    let sweptDeadCount = Monitor<Int?>(nil)
    let maintenancePace: MaintenancePace
    let scratchPool = SearchScratchPool()
    private let origin = ProcessOrigin()

    init(
        schema: Schema, options: EngineOptions, environment: Environment, log: LogWriter?,
        logDirectory: LogDirectory, lock: WriterLock?, rest: ReadingAtRest?,
        state: WriterState, position: LogPosition
    ) {
        self.schema = schema
        shape = schema.shape
        self.options = options
        self.environment = environment
        self.log = log
        self.lock = lock
        self.rest = rest
        follower =
            lock == nil
            ? Follower(
                environment.directory, logDirectory,
                transactionID: state.stored.transactionID) : nil
        maintenancePace = MaintenancePace(share: options.maintenance.share)
        published = Monitor(Self.snapshot(of: state, at: state.mark(at: position)))
        writer = Monitor(state)
    }

    // A forked child lets go of it without a trace: files, locks and threads are the parent's.
    deinit { if origin.isCurrent { try? close() } }

    /// The directory, held open.
    package var directory: Directory { environment.directory }

    /// The directory's path as it was opened, for messages.
    package var path: String { directory.path }

    /// What tells the database from every other.
    package var identity: LogIdentity { LogIdentity(snapshot.stored.manifest.identity) }

    /// Throws in a process that was forked off the one that opened the database.
    package func confirmProcess() throws(EngineError) {
        guard origin.isCurrent else { throw .openedBeforeFork(path: path) }
    }

    /// What searches see now.
    package var snapshot: Snapshot { published.read { $0 } }

    /// Threads to use for training and encoding.
    var threadCount: Int { max(1, options.threadCount ?? Platform.processorCount) }

    static func snapshot(of state: WriterState, at mark: WriterState.Mark) -> Snapshot {
        Snapshot(
            stored: state.stored, delta: state.delta.prefix(upTo: mark.rowEnd), dead: mark.dead,
            amendments: mark.amendments.after(state.applied, dead: mark.dead),
            keywords: mark.keywords, position: mark.position)
    }

    /// Makes everything up to `mark` visible; it is durable by now.
    func publish(_ mark: WriterState.Mark) {
        writer.update { state in
            published.update { current in
                guard mark.position > current.position else { return }
                current = Self.snapshot(of: state, at: mark)
            }
        }
    }

    /// Tells reading processes how far they may read, before the caller hears of it.
    func announce(_ position: LogPosition) {
        lock?.publish(.through(position), identity)
    }

    /// In a process that only reads: goes on from the tables, which have overtaken it.
    func restart(from stored: StoredState) throws(EngineError) {
        let fresh = try storing { () throws(StorageError) in
            try WriterState(stored: stored)
        }
        writer.update { state in
            state = fresh
            published.update { $0 = Self.snapshot(of: state, at: state.mark(at: state.applied)) }
        }
    }

    /// Shows what is visible already, over a new state of the tables.
    ///
    /// Only whoever holds `tables` may call it.
    func adoptStored(_ stored: StoredState) throws(StorageError) {
        try writer.update { (state) throws(StorageError) in
            try state.adopt(stored)
            let mark = try published.read { $0.mark }.following(stored)
            published.update { $0 = Self.snapshot(of: state, at: mark) }
        }
    }

    /// Refuses all writes from now on: after a failed write nobody knows what is on disk.
    func poison(_ error: EngineError) {
        writer.update { state in
            if state.failure == nil { state.failure = error }
        }
    }

    /// The error for a write that cannot be, if it cannot.
    func writeRefusal(_ state: borrowing WriterState) -> EngineError? {
        if state.isClosed { return .closed(path: path) }
        if log == nil { return .readOnly(path: path) }
        if let failure = state.failure { return .poisoned(path: path, cause: failure) }
        return nil
    }

    /// Ends the background threads, moves the log into the tables and closes the files. Searches
    /// under way keep what they see.
    ///
    /// What cannot be moved stays in the log, where the next opening finds it; the error says why.
    package func close() throws(EngineError) {
        let isFirst = writer.update { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        background.stop()
        // One that gives way to another leaves the tables and the lock to it.
        let isDeparting = writer.read { $0.isDeparting }
        defer { if !isDeparting { lock?.release() } }
        guard let log else { return }
        let isPoisoned = writer.read { $0.failure != nil }
        var failure: EngineError?
        do throws(EngineError) {
            if !isPoisoned && !isDeparting { try checkpointNow() }
        } catch {
            failure = error
        }
        // Also where there was no room for the tables: the log is whole all the same.
        try logging { () throws(LogError) in try log.close() }
        if let failure { throw failure }
    }
}
