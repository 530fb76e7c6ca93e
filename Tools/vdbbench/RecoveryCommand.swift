internal import VDBEngine
internal import VDBLog
internal import VDBPrimitives
internal import VectorDB

/// `recovery`: how long opening takes after a process was killed that left a long log.
enum RecoveryCommand {
    private static let elements = Option(
        "element", "TYPE,…",
        help: "of float32, float16, int8, uint8, bit (default float32,float16,uint8)")
    private static let rounds = Option(
        "rounds", "N", help: "times that each is made and opened; the median is shown (default 3)")

    static let command = Command(
        name: "recovery", summary: "time to open a database that a killed process left in its log",
        options: [FillCommand.records, elements, rounds, .dimension, .seed, .directory],
        notes: """
            A process of its own inserts the records and is ended by SIGKILL, so that they are in
            the log and nowhere else; the files are still in the operating system's cache.
            `replay` is the time to open with everything left in memory; `open` that of the call as
            programs make it, which moves records into the tables on the way when they are many;
            `search` the first one after it. In use the log stays much shorter: writers checkpoint
            at 128 MiB of vectors or 65,536 records at the latest.
            """,
        run: run)

    /// One element type's figures, in seconds.
    private struct Result {
        let element: ElementType
        var logSize = 0
        var replays = Latencies()
        var opens = Latencies()
        var searches = Latencies()
        /// Of `open`.
        var peakResidentSize = 0

        static func median(_ latencies: Latencies) -> Double {
            latencies.microseconds(within: [0.5])[0] / 1e6
        }
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let count = try arguments.integer(FillCommand.records, or: 100_000)
        let dimension = try arguments.integer(.dimension, or: 784)
        let workspace = try Workspace(in: arguments.text(.directory) ?? ".")
        let seed = try arguments.integer(.seed, from: 0, or: 1)
        var results: [Result] = []
        for element in try arguments.choices(
            elements, or: [.float32, .float16, .uint8], { ElementType(name: $0) })
        {
            var result = Result(element: element)
            for _ in 0..<(try arguments.integer(rounds, or: 3)) {
                try withKilled(workspace, count, dimension, element, seed) {
                    (path) throws(BenchFailure) in
                    try measureReplay(path, &result)
                }
                try withKilled(workspace, count, dimension, element, seed) {
                    (path) throws(BenchFailure) in
                    try measureOpening(path, dimension, &result)
                }
            }
            results.append(result)
        }
        return report(results, count, dimension)
    }

    /// Makes a database by a process that is killed, measures it and removes it.
    ///
    /// - Parameter measure: returns the number of records that it found.
    private static func withKilled(
        _ workspace: Workspace, _ count: Int, _ dimension: Int, _ element: ElementType,
        _ seed: Int, _ measure: (String) throws(BenchFailure) -> Int
    ) throws(BenchFailure) {
        let path = workspace.path(of: "recovery.vdb")
        defer { Workspace.remove(path) }
        let signal = try ChildProcess.run([
            FillCommand.command.name, path, "--\(FillCommand.records.name)=\(count)",
            "--\(FillCommand.element.name)=\(element.name)",
            "--\(Option.dimension.name)=\(dimension)", "--\(Option.seed.name)=\(seed)",
        ])
        guard signal == ChildProcess.killSignal else {
            throw BenchFailure(
                code: 70, message: "cannot fill \(path): the process was not killed")
        }
        let found = try measure(path)
        guard found == count else {
            throw BenchFailure(
                code: 70,
                message: "cannot measure \(path): \(found) records of \(count) are "
                    + "there after opening")
        }
    }

    /// Opens below the public interface, so that nothing is moved into the tables.
    private static func measureReplay(
        _ path: String, _ result: inout Result
    ) throws(BenchFailure) -> Int {
        do throws(EngineError) {
            let opening = Stopwatch()
            let engine = try Engine.open(path: path, options: FillCommand.engineOptions)
            result.replays.add(opening.seconds)
            result.logSize = engine.logStatus?.size ?? 0
            let found = try engine.statistics().inLogCount
            try engine.close()
            return found
        } catch {
            throw BenchFailure(code: 70, message: "cannot replay \(path): \(error)")
        }
    }

    private static func measureOpening(
        _ path: String, _ dimension: Int, _ result: inout Result
    ) throws(BenchFailure) -> Int {
        let query = VectorTable.random(1, dimension: dimension, seed: 2).vector(0)
        ProcessUsage.forgetPeak()
        return try library { () throws(VectorDBError) in
            var options = Options()
            options.isAutomatic = false
            let opening = Stopwatch()
            let database = try Database.open(at: path, options: options)
            result.opens.add(opening.seconds)
            result.peakResidentSize = ProcessUsage.peakResidentSize
            let searching = Stopwatch()
            _ = try database.search(Query(query))
            result.searches.add(searching.seconds)
            let found = try database.statistics().liveCount
            try database.close()
            return found
        }
    }

    private static func report(_ results: [Result], _ count: Int, _ dimension: Int) -> Report {
        var table = TextTable(header: [
            "element", "log MiB", "replay s", "MiB/s", "open s", "search s", "peak MiB",
        ])
        var runs: [JSON] = []
        for result in results {
            let replay = Result.median(result.replays)
            let size = Double(result.logSize) / 1_048_576
            table.add([
                result.element.name, shown(size), shown(replay), shown(size / replay),
                shown(Result.median(result.opens)), shown(Result.median(result.searches)),
                shown(Double(result.peakResidentSize) / 1_048_576),
            ])
            runs.append(
                .members([
                    "element": .string(result.element.name),
                    "bytesReplayed": .integer(result.logSize),
                    "replaySeconds": .measured(replay),
                    "openSeconds": .measured(Result.median(result.opens)),
                    "firstSearchSeconds": .measured(Result.median(result.searches)),
                    "peakResidentBytes": .integer(result.peakResidentSize),
                ]))
        }
        return Report(
            lines: ["\(count) records of \(dimension) components, in the log only", ""]
                + table.lines,
            json: .members([
                "records": .integer(count), "dimension": .integer(dimension),
                "runs": .array(runs),
            ]))
    }
}
