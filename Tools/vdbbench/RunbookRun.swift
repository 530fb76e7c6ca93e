internal import VDBPrimitives
internal import VectorDB

/// One run of a runbook over a database of its own.
struct RunbookRun {
    /// What one search step found.
    struct Point: Sendable {
        let step: Int
        let liveCount: Int
        var recall = 0.0
        /// The same settings on an index that was built anew from the same content; nil if that
        /// was not asked for.
        var freshRecall: Double?
        var calls = Latencies()
        var lists = 0
        var generation = 0
        var dataSize = 0
        /// Entries of the largest list, in terms of the mean.
        var greatestShare = 0.0
        var drift: Statistics.Drift?
        /// Processor time of maintenance since the last point.
        var maintenanceSeconds = 0.0
        /// The same of all that changes the database: writing, checkpoints and maintenance.
        var changeSeconds = 0.0
        /// Processor time of the searching thread, of all searches.
        var searchSeconds = 0.0
        /// Processor time of building the fresh index.
        var freshSeconds: Double?
    }

    let data: VectorTable
    /// The rows of the data in the order in which they come.
    let order: [Int]
    let queries: VectorTable
    let effort: Query.Effort
    let comparesFresh: Bool
    let workspace: Workspace
    private static let matchCount = 10
    private static let batchCount = 2000

    private let schema: Schema

    init(
        data: VectorTable, order: [Int], queries: VectorTable, effort: Query.Effort,
        comparesFresh: Bool, workspace: Workspace
    ) throws(BenchFailure) {
        self.data = data
        self.order = order
        self.queries = queries
        self.effort = effort
        self.comparesFresh = comparesFresh
        self.workspace = workspace
        do throws(SchemaError) {
            schema = try Schema(dimension: data.dimension, element: data.element)
        } catch {
            throw .badInput("\(error)")
        }
    }

    private var options: Options {
        var options = Options()
        options.isAutomatic = false
        options.durability = .operatingSystem
        return options
    }

    /// Goes through all steps; after each change the maintenance that is due is done.
    func run(_ runbook: Runbook) throws(BenchFailure) -> [Point] {
        try library { () throws(VectorDBError) in
            let database = try Database.create(
                at: workspace.path(of: "stream"), schema: schema, options: options)
            var live: [UInt64: Int] = [:]
            var points: [Point] = []
            var maintenanceSeconds = 0.0
            var changeSeconds = 0.0
            for (index, step) in runbook.steps.enumerated() {
                let begin = ProcessUsage.processorSeconds
                switch step {
                case .insert(let range):
                    try put(range, rows: range, into: database, &live)
                case .replace(let ids, let rows):
                    try put(ids, rows: rows, into: database, &live)
                case .delete(let range):
                    try database.delete(range.map { UInt64($0) })
                    for id in range { live[UInt64(id)] = nil }
                case .search:
                    var point = try search(index + 1, database, live)
                    point.maintenanceSeconds = maintenanceSeconds
                    point.changeSeconds = changeSeconds
                    (maintenanceSeconds, changeSeconds) = (0, 0)
                    if comparesFresh { try compare(&point, live) }
                    points.append(point)
                    continue
                }
                try database.checkpoint()
                let before = ProcessUsage.processorSeconds
                try database.maintain()
                let end = ProcessUsage.processorSeconds
                maintenanceSeconds += end - before
                changeSeconds += end - begin
            }
            try database.close()
            return points
        }
    }

    private func put(
        _ ids: Range<Int>, rows: Range<Int>, into database: Database, _ live: inout [UInt64: Int]
    ) throws(VectorDBError) {
        for start in stride(from: 0, to: ids.count, by: Self.batchCount) {
            let part = start..<min(start + Self.batchCount, ids.count)
            let records = part.map { offset in
                let row = order[(rows.lowerBound + offset) % order.count]
                live[UInt64(ids.lowerBound + offset)] = row
                return Record(id: UInt64(ids.lowerBound + offset), vector: data.vector(row))
            }
            try database.insert(records, onDuplicate: .replace)
        }
    }

    private func search(
        _ step: Int, _ database: Database, _ live: [UInt64: Int]
    ) throws(VectorDBError) -> Point {
        var point = Point(step: step, liveCount: live.count)
        (point.recall, point.searchSeconds) = try recall(of: database, &point.calls)
        let statistics = try database.statistics()
        point.lists = statistics.lists.count
        point.generation = statistics.generation
        point.drift = statistics.drift
        point.greatestShare = Double(statistics.lists.max) / max(statistics.lists.mean, 1)
        point.dataSize = statistics.dataSize
        return point
    }

    /// The mean share of the true nearest that is found, and the processor time of finding it.
    private func recall(
        of database: Database, _ calls: inout Latencies
    ) throws(VectorDBError) -> (recall: Double, seconds: Double) {
        var hits = 0
        var seconds = 0.0
        var due = 0
        for row in 0..<queries.count {
            let vector = queries.vector(row)
            let truth = Set(
                try database.search(Query(vector, count: Self.matchCount, effort: .exact))
                    .map(\.id))
            let clock = Stopwatch()
            let before = ProcessUsage.threadSeconds
            let found = try database.search(
                Query(vector, count: Self.matchCount, effort: effort))
            seconds += ProcessUsage.threadSeconds - before
            calls.add(clock.seconds)
            hits += found.count { truth.contains($0.id) }
            due += truth.count
        }
        return (due == 0 ? 1 : Double(hits) / Double(due), seconds)
    }

    /// Searches the same content in an index that has never been anything else.
    private func compare(
        _ point: inout Point, _ live: [UInt64: Int]
    ) throws(VectorDBError) {
        let path = workspace.path(of: "fresh")
        let database = try Database.create(at: path, schema: schema, options: options)
        let records = live.sorted { $0.key < $1.key }
        for start in stride(from: 0, to: records.count, by: Self.batchCount) {
            try database.insert(
                records[start..<min(start + Self.batchCount, records.count)].map {
                    Record(id: $0.key, vector: data.vector($0.value))
                })
        }
        try database.checkpoint()
        let before = ProcessUsage.processorSeconds
        try database.maintain(isFull: true)
        point.freshSeconds = ProcessUsage.processorSeconds - before
        var calls = Latencies()
        point.freshRecall = try recall(of: database, &calls).recall
        try database.close()
        Workspace.remove(path)
    }
}
