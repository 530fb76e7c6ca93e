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
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        try checkIsFree(path)
        let draft = path + ".new"
        if FileSystem.exists(draft) { try removeDraft(draft) }
        try calling { () throws(SystemFailure) in
            try FileSystem.createDirectory(draft)
            try FileSystem.createDirectory(draft + "/log")
            try FileSystem.syncDirectory(draft)
        }
        try fill(draft, schema: schema, options: options)
        try calling { () throws(SystemFailure) in
            try FileSystem.syncDirectory(draft)
            try FileSystem.rename(draft, to: path)
            try FileSystem.syncDirectory(parent(of: path))
        }
        return try open(path: path, options: options)
    }

    /// Writes log and tables of an empty database.
    private static func fill(
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

    /// Removes what a creation that was interrupted has left; another program's files stop it.
    private static func removeDraft(_ draft: String) throws(EngineError) {
        try calling { () throws(SystemFailure) in
            if FileSystem.isDirectory(draft + "/log") {
                for name in try FileSystem.names(in: draft + "/log") where name.hasSuffix(".log") {
                    try FileSystem.remove(draft + "/log/" + name)
                }
                try FileSystem.removeDirectory(draft + "/log")
            }
            // A renaming that a loss of power took back may have been opened already.
            for name in ["data.mdb", "lock.mdb", "writer.lock"]
            where FileSystem.exists(draft + "/" + name) {
                try FileSystem.remove(draft + "/" + name)
            }
            try FileSystem.removeDirectory(draft)
        }
    }

    /// Opens the database in the directory `path` and replays what its log holds beyond the tables.
    package static func open(
        path: String, options: EngineOptions
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
        let lock = options.isReadOnly ? nil : try WriterLock(database: path)
        let environment = try storing { () throws(StorageError) in
            try Environment(
                path: path, tableNames: TableName.names, mapSize: options.mapSize,
                readOnly: options.isReadOnly)
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
        let applied = LogPosition(stored.manifest.appliedPosition)
        let directory = LogDirectory(
            path: path + "/log",
            identity: LogIdentity(stored.manifest.identity.0, stored.manifest.identity.1))
        var log: LogWriter?
        if !options.isReadOnly {
            log = try logging { () throws(LogError) in
                try LogWriter(
                    directory, durability: options.durability,
                    segmentSize: options.logSegmentSize, after: applied)
            }
        }
        // The process that created it may have been killed before it had made the name durable; as
        // long as there is no record, nobody has done so since.
        if let log, log.status.appended == .none {
            try calling { () throws(SystemFailure) in
                try FileSystem.syncDirectory(parent(of: FileSystem.canonicalPath(path)))
            }
        }
        let engine = Engine(
            path: path, schema: schema, options: options, environment: environment, log: log,
            lock: lock, state: state, position: applied)
        try engine.replay(directory, after: applied)
        if log != nil {
            try engine.removeLeftovers()
            if options.isAutomatic { try engine.startBackground() }
        }
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
            let operation: Operation
            do throws(DecodingFailure) {
                operation = try Operation(decoding: record.payload, shape: shape)
            } catch {
                throw .storage(
                    .damaged(table: "log", key: "record \(record.position)", failure: error))
            }
            let mark = try writer.update { (state) throws(EngineError) in
                try state.apply(operation, hasKeywords: false)
                return state.mark(at: record.position)
            }
            publish(mark)
            let isLarge = writer.read {
                $0.delta.count >= options.checkpoint.rowLimit
                    || $0.delta.size >= options.checkpoint.sizeLimit
            }
            if isLarge && log != nil { try checkpointNow() }
        }
    }

    private static func readKeywords(
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

    private static func checkIsFree(_ path: String) throws(EngineError) {
        guard FileSystem.exists(path) else { return }
        guard FileSystem.isDirectory(path) else { throw .alreadyExists(path: path) }
        let names = try calling { () throws(SystemFailure) in try FileSystem.names(in: path) }
        guard names.isEmpty else { throw .alreadyExists(path: path) }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
