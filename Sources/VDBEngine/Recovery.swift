package import VDBFilters
internal import VDBIndex
internal import VDBLog
package import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Makes a new database in the directory `path`, which must not exist or be empty.
    ///
    /// It is made under another name, `path` with `.new` behind it, and renamed when it is whole: a
    /// crash leaves nothing at `path`, and what it leaves beside it the next call replaces.
    package static func create(
        path: String, schema: Schema, options: EngineOptions
    ) throws(EngineError) -> Engine {
        guard !options.isReadOnly else { throw .readOnly(path: path) }
        let draft = try Draft(of: path)
        try fill(draft.directory, schema: schema, options: options)
        return try open(try draft.publish(), options: options)
    }

    /// Writes log and tables of an empty database.
    static func fill(
        _ draft: Directory, schema: Schema, options: EngineOptions
    ) throws(EngineError) {
        var generator = SystemRandomNumberGenerator()
        let identity = LogIdentity(generator.next(), generator.next())
        try logging { () throws(LogError) in
            try LogDirectory(of: draft, identity: identity).create()
        }
        try storing { () throws(StorageError) in
            let environment = try Environment(
                draft, tableNames: TableName.names, sizeLimit: options.mapSize, mode: .write,
                creating: true)
            let transaction = try environment.beginWrite()
            try Manifest(
                identity: (identity.first, identity.second),
                createdMicroseconds: Platform.wallMicroseconds, shape: schema.shape
            ).write(transaction)
            try SchemaRecord.write(schema, transaction)
            try transaction.commit()
        }
    }

    /// Opens the database in the directory `path` and replays what its log holds beyond the tables.
    package static func open(path: String, options: EngineOptions) throws(EngineError) -> Engine {
        guard FileSystem.exists(path + "/data.mdb") else { throw .noDatabase(path: path) }
        let directory = try calling { () throws(SystemFailure) in
            try Directory(opening: path)
        }
        return try open(directory, options: options)
    }

    /// The same of a directory that is open already.
    package static func open(
        _ directory: Directory, options: EngineOptions
    ) throws(EngineError) -> Engine {
        try open(directory, options: options, lock: nil)
    }

    /// The same.
    ///
    /// - Parameter held: the right to write, if the caller has it already.
    static func open(
        _ directory: Directory, options: EngineOptions, lock held: WriterLock?
    ) throws(EngineError) -> Engine {
        guard directory.exists("data.mdb") else { throw .noDatabase(path: directory.path) }
        // LMDB would take an empty file for a new one.
        let size = try calling { () throws(SystemFailure) in try directory.size(of: "data.mdb") }
        guard size > 0 else {
            throw .storage(
                .damaged(
                    table: "data.mdb", key: "", failure: .truncated(needed: 1, available: 0)))
        }
        var lock = held
        if lock == nil && !options.isReadOnly { lock = try WriterLock(directory) }
        if lock != nil { try Compaction.settle(directory) }
        let rest = options.isReadOnly ? try ReadingAtRest.ifNeeded(directory) : nil
        let mode: Mapping.Mode =
            options.isReadOnly ? (rest == nil ? .read : .readWithoutLock) : .write
        let environment = try storing { () throws(StorageError) in
            try Environment(
                directory, tableNames: TableName.names, laterNames: TableName.laterNames,
                sizeLimit: options.mapSize, mode: mode, deferred: TableName.deferredNames)
        }
        try storing { () throws(StorageError) in
            try FormatUpgrade.run(environment, isReadOnly: options.isReadOnly)
        }
        let schema = try storing { () throws(StorageError) in
            try environment.read { (access) throws(StorageError) in
                try SchemaRecord.read(access)
            }
        }
        let (stored, state) = try storing { () throws(StorageError) in
            let stored = try StoredState(
                environment: environment, shape: schema.shape, earlier: nil)
            return (stored, try WriterState(stored: stored))
        }
        let applied = state.applied
        let identity = LogIdentity(stored.manifest.identity)
        lock?.publish(.unknown, identity)
        let logDirectory = try logging { () throws(LogError) in
            try LogDirectory(of: directory, identity: identity)
        }
        var log: LogWriter?
        if !options.isReadOnly {
            log = try logging { () throws(LogError) in
                try LogWriter(
                    logDirectory, durability: options.durability,
                    segmentSize: options.logSegmentSize, after: applied)
            }
        }
        // Whoever made the database may have been killed before its name was durable.
        if log != nil && held == nil {
            try calling { () throws(SystemFailure) in try directory.syncParent() }
        }
        let engine = Engine(
            schema: schema, options: options, environment: environment, log: log,
            logDirectory: logDirectory, lock: lock, rest: rest, state: state, position: applied)
        if log == nil {
            try engine.follow()
        } else {
            try engine.replay(logDirectory, after: applied)
            engine.announce(engine.snapshot.position)
            try engine.toleratingLackOfRoom { () throws(EngineError) in
                try engine.removeLeftovers()
                try engine.indexAttributes(leaving: Engine.indexedTailLimit)
            }
        }
        if options.isAutomatic { try engine.startBackground() }
        return engine
    }

    /// Applies the log's records after `applied`; checkpoints on the way if they are many.
    private func replay(
        _ directory: LogDirectory, after applied: LogPosition
    ) throws(EngineError) {
        var reader = try logging { () throws(LogError) in
            try LogReader(directory, after: applied)
        }
        while let record = try logging({ () throws(LogError) in try reader.next() }) {
            publish(try apply(record))
            if writer.read({ !$0.steps.isEmpty }) {
                try toleratingLackOfRoom { () throws(EngineError) in try checkpointNow() }
            }
        }
    }

    /// Applies a record of the log; what it leaves is still to be published.
    func apply(_ record: LogRecord) throws(EngineError) -> WriterState.Mark {
        let operation: Operation
        do throws(DecodingFailure) {
            operation = try Operation(decoding: record.payload, shape: shape)
        } catch {
            throw .storage(
                .damaged(table: "log", key: "record \(record.position)", failure: error))
        }
        return try writer.update { (state) throws(EngineError) in
            try state.apply(operation, at: record.position, hasKeywords: false)
            state.cutStep(at: record.position, policy: options.checkpoint)
            return state.mark(at: record.position)
        }
    }

    /// Runs what can wait: a full disk does not keep a database from being opened.
    private func toleratingLackOfRoom(
        _ body: () throws(EngineError) -> Void
    ) throws(EngineError) {
        do throws(EngineError) {
            try body()
        } catch {
            guard error.isLackOfRoom else { throw error }
        }
    }
}
