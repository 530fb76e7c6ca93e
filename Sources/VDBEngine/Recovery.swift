package import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
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
        let path = draft.path
        try fill(draft.directory, schema: schema, options: options)
        try draft.publish()
        return try open(path: path, options: options)
    }

    /// Writes log and tables of an empty database.
    static func fill(
        _ draft: String, schema: Schema, options: EngineOptions
    ) throws(EngineError) {
        var generator = SystemRandomNumberGenerator()
        let identity = LogIdentity(generator.next(), generator.next())
        try logging { () throws(LogError) in
            try LogDirectory(path: draft + "/log", identity: identity).create()
        }
        try storing { () throws(StorageError) in
            let environment = try Environment(
                path: draft, tableNames: TableName.names, mapSize: options.mapSize,
                readOnly: false, creating: true)
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
        try open(path: path, options: options, lock: nil)
    }

    /// The same.
    ///
    /// - Parameter held: the right to write, if the caller has it already.
    static func open(
        path: String, options: EngineOptions, lock held: WriterLock?
    ) throws(EngineError) -> Engine {
        guard FileSystem.exists(path + "/data.mdb") else { throw .noDatabase(path: path) }
        // LMDB would take an empty file for a new one.
        let size = try calling { () throws(SystemFailure) in
            try FileSystem.size(path + "/data.mdb")
        }
        guard size > 0 else {
            throw .storage(
                .damaged(
                    table: "data.mdb", key: "", failure: .truncated(needed: 1, available: 0)))
        }
        var lock = held
        if lock == nil && !options.isReadOnly { lock = try WriterLock(database: path) }
        if lock != nil { try Compaction.settle(path) }
        let environment = try storing { () throws(StorageError) in
            try Environment(
                path: path, tableNames: TableName.names, laterNames: TableName.laterNames,
                mapSize: options.mapSize, readOnly: options.isReadOnly,
                deferred: TableName.deferredNames)
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
            let keywords = try readKeywords(stored, schema: schema)
            return (stored, try WriterState(stored: stored, keywords: keywords))
        }
        let applied = state.applied
        let identity = LogIdentity(stored.manifest.identity)
        lock?.publish(.unknown, identity)
        let directory = LogDirectory(path: path + "/log", identity: identity)
        var log: LogWriter?
        if !options.isReadOnly {
            log = try logging { () throws(LogError) in
                try LogWriter(
                    directory, durability: options.durability,
                    segmentSize: options.logSegmentSize, after: applied)
            }
        }
        if log != nil { try settleName(of: path) }
        let engine = Engine(
            path: path, schema: schema, options: options, environment: environment, log: log,
            lock: lock, state: state, position: applied)
        if log == nil {
            try engine.follow()
        } else {
            try engine.replay(directory, after: applied)
            engine.announce(engine.snapshot.position)
            try engine.toleratingLackOfRoom { () throws(EngineError) in
                try engine.removeLeftovers()
                try engine.indexAttributes(leaving: Engine.indexedTailLimit)
            }
        }
        if options.isAutomatic { try engine.startBackground() }
        return engine
    }

    /// The process that made the database may have been killed before its name was durable.
    private static func settleName(of path: String) throws(EngineError) {
        try calling { () throws(SystemFailure) in
            try FileSystem.syncDirectory(FileSystem.parent(of: FileSystem.canonicalPath(path)))
        }
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

    static func readKeywords(
        _ stored: StoredState, schema: Schema
    ) throws(StorageError) -> KeywordDictionary {
        var keywords = KeywordDictionary(attributeCount: schema.attributes.count)
        for entry in try KeywordTable.read(stored.access) {
            do throws(DecodingFailure) {
                try keywords.append(
                    KeywordDictionary.Entry(
                        attributeIndex: Int(entry.attribute), code: entry.code,
                        text: entry.text))
            } catch {
                throw .damaged(
                    table: TableName.keywords.rawValue,
                    key: Keys.keyword(attribute: entry.attribute, code: entry.code).description,
                    failure: error)
            }
        }
        return keywords
    }
}
