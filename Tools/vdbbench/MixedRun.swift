internal import VDBPrimitives
internal import VectorDB

/// Searches on one thread while something else is done to the same database on another.
struct MixedRun: Sendable {
    let vectors: VectorTable
    let queries: VectorTable
    let recall: Double
    let seconds: Double
    let workspace: Workspace

    /// The searches beside one kind of work.
    struct Phase: Sendable {
        let name: String
        var searches = Latencies()
        /// The time in which they were made.
        var elapsedSeconds = 0.0
        var insertsPerSecond: Double?
        /// Live records at the end.
        var recordCount = 0

        var searchesPerSecond: Double {
            elapsedSeconds > 0 ? Double(searches.count) / elapsedSeconds : 0
        }

        var json: JSON {
            .members([
                "beside": .string(name),
                "searches": .integer(searches.count),
                "searchesPerSecond": .measured(searchesPerSecond),
                "latencyMicroseconds": searches.json,
                "insertsPerSecond": insertsPerSecond.map { .measured($0) } ?? .null,
                "recordsAfter": .integer(recordCount),
            ])
        }
    }

    private var path: String { workspace.path(of: "mixed.vdb") }

    /// Makes the database and trains its index.
    func build() throws(BenchFailure) {
        let schema = try vectors.schema()
        try library { () throws(VectorDBError) in
            var options = Options()
            options.isAutomatic = false
            let database = try Database.create(at: path, schema: schema, options: options)
            for first in stride(from: 0, to: vectors.count, by: 1000) {
                try database.insert(records(first..<min(first + 1000, vectors.count)))
            }
            try database.maintain()
            try database.close()
        }
    }

    func idle() throws(BenchFailure) -> Phase {
        try phase("nothing", .everyCommit, isAutomatic: true) {
            (database, phase) throws(BenchFailure) in
            let clock = Stopwatch()
            try search(database, &phase) { clock.seconds < seconds }
        }
    }

    /// Beside a thread that inserts as fast as it can.
    func inserting(_ durability: NamedDurability) throws(BenchFailure) -> Phase {
        try phase("inserts, \(durability.name)", durability.value, isAutomatic: true) {
            (database, phase) throws(BenchFailure) in
            let writers = Writers(database, vectors, batchSize: 1, firstID: try nextID(database))
            let outcome = try beside(database, &phase) { () throws(BenchFailure) in
                try writers.run(threads: 1, seconds: seconds)
            }
            phase.insertsPerSecond = Double(outcome.calls.count) / outcome.elapsedSeconds
        }
    }

    /// Beside checkpoints of 5000 records each; searches between them do not count.
    func checkpointing() throws(BenchFailure) -> Phase {
        try phase("checkpoints", .operatingSystem, isAutomatic: false) {
            (database, phase) throws(BenchFailure) in
            let clock = Stopwatch()
            while clock.seconds < seconds {
                let first = Int(try nextID(database))
                try library { () throws(VectorDBError) in
                    _ = try database.insert(records(first..<first + 5000))
                }
                try beside(database, &phase) { () throws(BenchFailure) in
                    try library { () throws(VectorDBError) in try database.checkpoint() }
                }
            }
        }
    }

    /// Beside a training of all lists and codes.
    func training() throws(BenchFailure) -> Phase {
        try phase("training", .everyCommit, isAutomatic: false) {
            (database, phase) throws(BenchFailure) in
            try beside(database, &phase) { () throws(BenchFailure) in
                try library { () throws(VectorDBError) in try database.maintain(isFull: true) }
            }
        }
    }

    private func phase(
        _ name: String, _ durability: Durability, isAutomatic: Bool,
        _ body: (Database, inout Phase) throws(BenchFailure) -> Void
    ) throws(BenchFailure) -> Phase {
        let database = try library { () throws(VectorDBError) in
            var options = Options()
            options.durability = durability
            options.isAutomatic = isAutomatic
            return try Database.open(at: path, options: options)
        }
        var phase = Phase(name: name)
        try body(database, &phase)
        phase.recordCount = try library { () throws(VectorDBError) in
            let count = try database.statistics().liveCount
            try database.close()
            return count
        }
        return phase
    }

    /// Searches for as long as `work` takes on a thread of its own.
    @discardableResult
    private func beside<Result: Sendable>(
        _ database: Database, _ phase: inout Phase,
        _ work: @escaping @Sendable () throws(BenchFailure) -> Result
    ) throws(BenchFailure) -> Result {
        let outcome = Monitor<Swift.Result<Result, BenchFailure>?>(nil)
        let thread = try system { () throws(SystemFailure) in
            try Thread(name: "vdbbench-work") {
                do throws(BenchFailure) {
                    let result = try work()
                    outcome.update { $0 = .success(result) }
                } catch {
                    outcome.update { $0 = .failure(error) }
                }
            }
        }
        defer { thread.join() }
        try search(database, &phase) { outcome.read { $0 } == nil }
        while true {
            if let ended = outcome.wait({ $0 }) { return try ended.get() }
        }
    }

    /// Searches, one query after the other, while `goesOn` says so, asked before each.
    private func search(
        _ database: Database, _ phase: inout Phase, while goesOn: () -> Bool
    ) throws(BenchFailure) {
        let clock = Stopwatch()
        while goesOn() {
            let query = Query(
                queries.vector(phase.searches.count), effort: .recall(recall))
            let call = Stopwatch()
            try library { () throws(VectorDBError) in _ = try database.search(query) }
            phase.searches.add(call.seconds)
        }
        phase.elapsedSeconds += clock.seconds
    }

    /// Ids are given in order, and nothing is deleted.
    private func nextID(_ database: Database) throws(BenchFailure) -> UInt64 {
        try library { () throws(VectorDBError) in UInt64(try database.statistics().liveCount) }
    }

    private func records(_ range: Range<Int>) -> [Record] {
        range.map { Record(id: UInt64($0), vector: vectors.vector($0)) }
    }
}
