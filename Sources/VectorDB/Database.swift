internal import VDBEngine
public import VDBFilters
internal import VDBIndex
internal import VDBPrimitives

/// A persistent collection of vectors with attributes, searchable by likeness, time, place and
/// more.
///
///     let schema = try Schema(dimension: 3, element: .float32, metric: .euclidean,
///                             attributes: [Attribute(name: "taken", type: .timestamp)])
///     let database = try Database.create(at: "pictures.vdb", schema: schema)
///     try database.insert(Record(id: 1, vector: [0.1, 0.2, 0.3]))
///     let matches = try database.search(Query([0.1, 0.2, 0.25], count: 10))
///
/// A database is a directory. One process may write it, in which it is opened once and shared by
/// all threads: any number may search and write at the same time. A search waits for nothing and
/// sees everything that was acknowledged before it began.
///
/// A handle belongs to the process that opened it. After a fork every call on it throws `closed` in
/// the child, which opens the database itself: for reading beside its parent, or for writing if the
/// parent does not write.
///
/// What `insert`, `update` and `delete` have returned from is kept, as far as `Options.durability`
/// says; a call that throws has changed nothing.
public final class Database: Sendable {
    /// The directory.
    public let path: String
    /// What the database was created with.
    public let schema: Schema
    /// Guards the only lasting reference to the engine, whose files are closed with its end. Held
    /// for one copy or assignment.
    let opened: Monitor<OpenedEngine>
    private let origin = ProcessOrigin()

    init(_ engine: Engine) {
        path = engine.path
        schema = engine.schema
        opened = Monitor(OpenedEngine(engine: engine))
    }

    /// The engine, which calls under way keep open.
    var engine: Engine {
        get throws(EngineError) {
            // Before any lock: one that another thread held when the process was forked stays so.
            guard origin.isCurrent else { throw .openedBeforeFork(path: path) }
            while true {
                if let engine = try currentEngine() { return engine }
                try reopenSuperseded()
            }
        }
    }

    /// The engine; nil if other files have taken the place of those that it reads.
    ///
    /// A function of its own: whoever then waits for the engine's end must not keep it.
    private func currentEngine() throws(EngineError) -> Engine? {
        guard let engine = try openEngine() else { throw closingCause() }
        return try engine.isSuperseded() ? nil : engine
    }

    /// Makes a new database in a directory that is not there yet, or is empty.
    public static func create(
        at path: String, schema: Schema, options: Options = Options()
    ) throws(VectorDBError) -> Database {
        try explaining("create database \(path)") { () throws(EngineError) in
            Database(
                try Engine.create(
                    path: path, schema: schema, options: try options.engineOptions(schema)))
        }
    }

    /// Opens a database, and recovers what a killed process had acknowledged.
    public static func open(
        at path: String, options: Options = Options()
    ) throws(VectorDBError) -> Database {
        try explaining(
            "open database \(path)", remedy: "salvage what is sound with `vdbtool repair`"
        ) { () throws(EngineError) in
            Database(try Engine.open(path: path, options: try options.engineOptions(nil)))
        }
    }

    /// Ends the background work and closes the files; all later calls throw `closed`.
    ///
    /// Searches under way finish. Closing again does nothing; the end of the last reference closes.
    ///
    /// In a process that was forked off the one that opened the database it does nothing: files,
    /// locks and threads are the parent's.
    public func close() throws(VectorDBError) {
        guard origin.isCurrent, let engine = opened.update({ $0.engine.take() }) else { return }
        try explaining("close \(path)") { () throws(EngineError) in try engine.close() }
    }
}

extension Database {
    /// The record with this id, as it was put in; nil if there is none.
    public func get(_ id: UInt64) throws(VectorDBError) -> Record? {
        try explaining("get record \(id)") { () throws(EngineError) in
            guard let stored = try engine.get(id) else { return nil }
            return Record(id: id, stored, schema: schema)
        }
    }

    /// The nearest records, nearest first: exactly `query.count`, or all that match if they are
    /// fewer. With `query.within`, only those of them within that distance.
    public func search(_ query: Query) throws(VectorDBError) -> [Match] {
        var statistics = SearchStatistics()
        return try search(query, statistics: &statistics)
    }

    /// The same, and what it took.
    public func search(
        _ query: Query, statistics: inout SearchStatistics
    ) throws(VectorDBError) -> [Match] {
        var figures = SearchFigures()
        let matches = try explaining("search") { () throws(EngineError) in
            let engine = try engine
            let result = try engine.search(try request(query), figures: &figures)
            return try self.matches(result.records, query, engine, in: result.snapshot)
        }
        statistics = SearchStatistics(figures)
        return matches
    }

    /// What the engine is asked for.
    func request(_ query: Query) throws(EngineError) -> SearchRequest {
        SearchRequest(
            vector: try VectorCoding.query(query.vector, schema: schema), count: query.count,
            within: query.within, filter: query.filter, effort: query.effort.inner)
    }

    /// Records found, with what the query wants to know of them.
    func matches(
        _ records: [FoundRecord], _ query: Query, _ engine: Engine, in snapshot: Snapshot
    ) throws(EngineError) -> [Match] {
        var matches: [Match] = []
        matches.reserveCapacity(records.count)
        for record in records {
            var match = Match(id: record.id, distance: record.distance)
            if query.includesAttributes {
                let values = try engine.values(of: record, in: snapshot)
                for (attribute, value) in zip(schema.attributes, values) where value != .null {
                    match.attributes[attribute.name] = value
                }
            }
            if query.includesPayload {
                match.payload = try engine.payload(of: record, in: snapshot)
            }
            matches.append(match)
        }
        return matches
    }
}
