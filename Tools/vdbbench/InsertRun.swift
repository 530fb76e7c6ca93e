internal import VDBLog
internal import VDBPrimitives
internal import VectorDB

/// Measures inserting, in turns with the disk alone so that both see the same noise.
struct InsertRun {
    let vectors: VectorTable
    let batchSize: Int
    let seconds: Double
    let roundCount: Int
    let isAutomatic: Bool
    let workspace: Workspace
    /// Bytes of one record in the log; see `measureRecordSize`.
    private(set) var recordSize = 0

    init(
        vectors: VectorTable, batchSize: Int, seconds: Double, roundCount: Int,
        isAutomatic: Bool, workspace: Workspace
    ) {
        self.vectors = vectors
        self.batchSize = batchSize
        self.seconds = seconds
        self.roundCount = roundCount
        self.isAutomatic = isAutomatic
        self.workspace = workspace
    }

    /// What came of one durability and number of threads.
    struct Result: Sendable {
        let durability: NamedDurability
        let threadCount: Int
        let batchSize: Int
        var outcome = Writers.Outcome()
        var syncCount = 0
        /// The disk alone: one record per sync, and 32.
        var single: DiskLoop
        var grouped: DiskLoop
        var peakResidentSize = 0

        var recordCount: Int { outcome.calls.count * batchSize }
        var recordsPerSecond: Double { Double(recordCount) / outcome.elapsedSeconds }
        var syncsPerSecond: Double { Double(syncCount) / outcome.elapsedSeconds }
        var recordsPerSync: Double { Double(recordCount) / Double(syncCount) }
        var processorMicroseconds: Double {
            outcome.processorSeconds * 1e6 / Double(recordCount)
        }
        var shareOfDisk: Double {
            recordsPerSecond
                / (threadCount == 1 ? single.recordsPerSecond : grouped.recordsPerSecond)
        }

        var json: JSON {
            .members([
                "durability": .string(durability.name),
                "threads": .integer(threadCount),
                "recordsPerSecond": .measured(recordsPerSecond),
                "shareOfDisk": .measured(shareOfDisk),
                "syncsPerSecond": .measured(syncsPerSecond),
                "recordsPerSync": syncCount == 0 ? .null : .measured(recordsPerSync),
                "latencyMicroseconds": outcome.calls.json,
                "processorMicrosecondsPerRecord": .measured(processorMicroseconds),
                "peakResidentBytes": .integer(peakResidentSize),
                "disk": .members([
                    "singleSyncsPerSecond": .measured(single.syncsPerSecond),
                    "singleLatencyMicroseconds": single.syncs.json,
                    "processorMicrosecondsPerSync": .measured(
                        single.processorMicrosecondsPerSync),
                    "groupedRecordsPerSecond": .measured(grouped.recordsPerSecond),
                    "groupedLatencyMicroseconds": grouped.syncs.json,
                ]),
            ])
        }
    }

    /// Finds out how many bytes a record takes in the log, by inserting one call's records.
    mutating func measureRecordSize() throws(BenchFailure) {
        let path = workspace.path(of: "size.vdb")
        defer { Workspace.remove(path) }
        let database = try database(at: path, .operatingSystem, isAutomatic: false)
        let before = database.logStatus?.size ?? 0
        let records = (0..<batchSize).map {
            Record(id: UInt64($0), vector: vectors.vector($0))
        }
        try library { () throws(VectorDBError) in _ = try database.insert(records) }
        recordSize = ((database.logStatus?.size ?? 0) - before) / batchSize
        try library { () throws(VectorDBError) in try database.close() }
    }

    func measure(
        _ durability: NamedDurability, threadCount: Int
    ) throws(BenchFailure) -> Result {
        let path = workspace.path(of: "inserts.vdb")
        defer { Workspace.remove(path) }
        let database = try database(at: path, durability.value, isAutomatic: isAutomatic)
        let writers = Writers(database, vectors, batchSize: batchSize)
        var result = Result(
            durability: durability, threadCount: threadCount, batchSize: batchSize,
            single: DiskLoop(recordSize: recordSize, groupSize: 1),
            grouped: DiskLoop(recordSize: recordSize, groupSize: 32))
        ProcessUsage.forgetPeak()
        let part = seconds / Double(roundCount)
        for _ in 0..<roundCount {
            let before = database.logStatus?.syncCount ?? 0
            result.outcome.add(try writers.run(threads: threadCount, seconds: part))
            result.syncCount += (database.logStatus?.syncCount ?? 0) - before
            try result.single.run(seconds: part, in: workspace)
            try result.grouped.run(seconds: part, in: workspace)
        }
        result.peakResidentSize = ProcessUsage.peakResidentSize
        try library { () throws(VectorDBError) in try database.close() }
        return result
    }

    private func database(
        at path: String, _ durability: Durability, isAutomatic: Bool
    ) throws(BenchFailure) -> Database {
        let schema = try vectors.schema()
        return try library { () throws(VectorDBError) in
            var options = Options()
            options.durability = durability
            options.isAutomatic = isAutomatic
            return try Database.create(at: path, schema: schema, options: options)
        }
    }
}

extension VectorTable {
    /// A database's that takes these vectors as they are.
    func schema() throws(BenchFailure) -> Schema {
        do {
            return try Schema(
                dimension: dimension, element: element,
                metric: element == .bit ? .hamming : .euclidean)
        } catch {
            throw .usage("\(error)")
        }
    }
}
