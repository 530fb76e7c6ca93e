internal import VDBPrimitives
internal import VectorDB

/// Searches on one thread while another inserts at a steady rate and the background works.
struct SteadyRun: Sendable {
    let vectors: VectorTable
    let queries: VectorTable
    let recall: Double
    /// Records that there are before the first phase.
    let baseCount: Int
    /// Records inserted per second, so many a call.
    let rate: Int
    let batchCount: Int
    let workspace: Workspace

    /// What goes on beside the searches.
    enum Load: CaseIterable, Sendable {
        case nothing
        case inserts
        case insertsAndMaintenance

        var name: String {
            switch self {
            case .nothing: "nothing"
            case .inserts: "inserts"
            case .insertsAndMaintenance: "inserts and maintenance"
            }
        }
    }

    /// The searches beside one load, of all rounds.
    struct Phase: Sendable {
        let load: Load
        var searches = Latencies()
        /// Processor time of the searching thread alone: what other programs on the machine take
        /// is not in it.
        var processor = Latencies()
        var elapsedSeconds = 0.0
        var insertedCount = 0
        /// Steps of maintenance.
        var stepCount = 0
    }

    private var path: String { workspace.path(of: "steady.vdb") }

    /// Makes the database and trains its index.
    func build() throws(BenchFailure) {
        let schema = try vectors.schema()
        try library { () throws(VectorDBError) in
            var options = Options()
            options.isAutomatic = false
            options.durability = .operatingSystem
            let database = try Database.create(at: path, schema: schema, options: options)
            for first in stride(from: 0, to: baseCount, by: 2000) {
                try database.insert(records(first..<min(first + 2000, baseCount)))
            }
            try database.maintain()
            try database.close()
        }
    }

    /// The loads in turn, round by round: what else the machine does meets them alike.
    ///
    /// - Parameter seconds: of each load in each round.
    func run(rounds: Int, seconds: Double) throws(BenchFailure) -> [Phase] {
        let steps = Monitor(0)
        let database = try library { () throws(VectorDBError) in
            var options = Options()
            options.durability = .operatingSystem
            options.maintenanceObserver = { _ in steps.update { $0 += 1 } }
            return try Database.open(at: path, options: options)
        }
        var phases = Load.allCases.map { Phase(load: $0) }
        var next = baseCount
        for _ in 0..<rounds {
            for index in phases.indices {
                let before = steps.read { $0 }
                try run(&phases[index], of: database, from: &next, seconds: seconds)
                phases[index].stepCount += steps.read { $0 } - before
            }
        }
        try library { () throws(VectorDBError) in try database.close() }
        return phases
    }

    private func run(
        _ phase: inout Phase, of database: Database, from next: inout Int, seconds: Double
    ) throws(BenchFailure) {
        try library { () throws(VectorDBError) in
            if phase.load == .insertsAndMaintenance {
                try database.resumeMaintenance()
            } else {
                try database.pauseMaintenance()
                // What is in the log would be in the way of all searches alike.
                if phase.load == .nothing { try database.checkpoint() }
            }
        }
        let first = next
        let inserted = Monitor<Result<Int, BenchFailure>>(.success(0))
        let isWriting = phase.load != .nothing
        let writer = try system { () throws(SystemFailure) in
            try Thread(name: "vdbbench-insert") {
                guard isWriting else { return }
                let result = insert(into: database, from: first, seconds: seconds)
                inserted.update { $0 = result }
            }
        }
        let failure = search(database, &phase, seconds: seconds)
        writer.join()
        if let failure { throw failure }
        let count = try inserted.read { $0 }.get()
        next += count
        phase.insertedCount += count
    }

    /// One query after the other; gives what went wrong.
    private func search(
        _ database: Database, _ phase: inout Phase, seconds: Double
    ) -> BenchFailure? {
        let clock = Stopwatch()
        while clock.seconds < seconds {
            let query = Query(queries.vector(phase.searches.count), effort: .recall(recall))
            let call = Stopwatch()
            let before = ProcessUsage.threadSeconds
            do throws(VectorDBError) {
                _ = try database.search(query)
            } catch {
                return .engine(error)
            }
            phase.processor.add(ProcessUsage.threadSeconds - before)
            phase.searches.add(call.seconds)
        }
        phase.elapsedSeconds += clock.seconds
        return nil
    }

    /// Inserts as the clock says, behind which it never runs ahead.
    private func insert(
        into database: Database, from first: Int, seconds: Double
    ) -> Result<Int, BenchFailure> {
        let clock = Stopwatch()
        var count = 0
        while clock.seconds < seconds, first + count + batchCount <= vectors.count {
            let due = Double(count) / Double(rate) - clock.seconds
            if due > 0 { Platform.sleep(seconds: due) }
            do throws(VectorDBError) {
                try database.insert(records(first + count..<first + count + batchCount))
            } catch {
                return .failure(.engine(error))
            }
            count += batchCount
        }
        return .success(count)
    }

    private func records(_ range: Range<Int>) -> [Record] {
        range.map { Record(id: UInt64($0), vector: vectors.vector($0)) }
    }
}
