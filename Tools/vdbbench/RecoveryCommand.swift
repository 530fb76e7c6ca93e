internal import VDBLog
internal import VDBPrimitives
internal import VectorDB

/// `recovery`: how long opening takes after a process was killed that left a long log.
enum RecoveryCommand {
    private static let elements = Option(
        "element", "TYPE,…",
        help: "of float32, float16, int8, uint8 (default float32,float16,uint8)")
    private static let rounds = Option(
        "rounds", "N", help: "times that each is made and opened; the median is shown (default 3)")

    static let command = Command(
        name: "recovery", summary: "time to open a database that a killed process left in its log",
        options: [FillCommand.records, elements, rounds, .dimension, .seed, .directory],
        notes: """
            A process of its own inserts the records and is ended by SIGKILL, so that they are in
            the log and nowhere else; the files are still in the operating system's cache.
            `open` is the call alone, `search` the first one after it, `checkpoint` the time to move
            all of it into the tables. In use the log stays much shorter: writers checkpoint at
            128 MiB of vectors or 65,536 records at the latest.
            """,
        run: run)

    /// One element type's figures, in seconds.
    private struct Result {
        let element: ElementType
        var logSize = 0
        var opens = Latencies()
        var searches = Latencies()
        var checkpoints = Latencies()
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
                let path = workspace.path(of: "recovery.vdb")
                defer { Workspace.remove(path) }
                try fill(path, count, dimension, element, seed)
                try measure(path, count, dimension, &result)
            }
            results.append(result)
        }
        return report(results, count, dimension)
    }

    private static func fill(
        _ path: String, _ count: Int, _ dimension: Int, _ element: ElementType, _ seed: Int
    ) throws(BenchFailure) {
        let signal = try ChildProcess.run([
            FillCommand.command.name, path, "--\(FillCommand.records.name)=\(count)",
            "--\(FillCommand.element.name)=\(element.name)",
            "--\(Option.dimension.name)=\(dimension)", "--\(Option.seed.name)=\(seed)",
        ])
        guard signal == ChildProcess.killSignal else {
            throw BenchFailure(code: 70, message: "cannot fill \(path): the process was not killed")
        }
    }

    private static func measure(
        _ path: String, _ count: Int, _ dimension: Int, _ result: inout Result
    ) throws(BenchFailure) {
        let query = VectorTable.random(1, dimension: dimension, seed: 2).vector(0)
        ProcessUsage.forgetPeak()
        let found = try library { () throws(VectorDBError) in
            var options = Options()
            options.isAutomatic = false
            let opening = Stopwatch()
            let database = try Database.open(at: path, options: options)
            result.opens.add(opening.seconds)
            result.peakResidentSize = ProcessUsage.peakResidentSize
            result.logSize = database.logStatus?.size ?? 0
            let searching = Stopwatch()
            _ = try database.search(Query(query))
            result.searches.add(searching.seconds)
            let found = try database.statistics().inLogCount
            let checkpointing = Stopwatch()
            try database.checkpoint()
            result.checkpoints.add(checkpointing.seconds)
            try database.close()
            return found
        }
        guard found == count else {
            throw BenchFailure(
                code: 70,
                message: "cannot measure \(path): \(found) records of \(count) are in "
                    + "the log after opening")
        }
    }

    private static func report(_ results: [Result], _ count: Int, _ dimension: Int) -> Report {
        var table = TextTable(header: [
            "element", "log MiB", "open s", "MiB/s", "search s", "checkpoint s", "peak MiB",
        ])
        var runs: [JSON] = []
        for result in results {
            let open = Result.median(result.opens)
            let size = Double(result.logSize) / 1_048_576
            table.add([
                result.element.name, shown(size), shown(open), shown(size / open),
                shown(Result.median(result.searches)), shown(Result.median(result.checkpoints)),
                shown(Double(result.peakResidentSize) / 1_048_576),
            ])
            runs.append(
                .members([
                    "element": .string(result.element.name),
                    "bytesReplayed": .integer(result.logSize),
                    "openSeconds": .measured(open),
                    "firstSearchSeconds": .measured(Result.median(result.searches)),
                    "checkpointSeconds": .measured(Result.median(result.checkpoints)),
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
