internal import VectorDB

/// `steady`: how long searches take beside a steady stream of inserts and the maintenance that
/// follows it.
enum SteadyCommand {
    private static let recall = Option(
        "recall", "SHARE", help: "asked of every search (default 0.95)")
    private static let queries = Option("queries", "FILE", help: "query vectors; needed")
    private static let base = Option(
        "base", "N", help: "records before the stream begins (default 60 % of DATA)")
    private static let rate = Option("rate", "N", help: "records per second (default 2000)")
    private static let batch = Option("batch", "N", help: "records per call (default 20)")
    private static let rounds = Option("rounds", "N", help: "how often all is done (default 3)")

    static let command = Command(
        name: "steady", summary: "latency of searches beside inserts at a steady rate",
        positionals: ["DATA"], requiredCount: 1,
        options: [queries, recall, base, rate, batch, rounds, .seconds, .directory],
        notes: """
            One thread searches, one query at a time, in a database of the first vectors of DATA.
            Beside it, in turns of --seconds: nothing; a thread that inserts the others; the same
            with automatic maintenance. Checkpoints go on in both. Times are shown as they passed,
            and as processor time of the searching thread, which other programs lengthen less.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let data = try VectorFile.read(arguments.positionals[0])
        let text = arguments.text(recall) ?? "0.95"
        guard let share = Double(text), share > 0, share <= 1 else {
            throw .usage("option --recall is \(text), not a number over 0 and up to 1")
        }
        guard let queryPath = arguments.text(queries) else {
            throw .usage("steady needs \(queries.usage)")
        }
        let run = SteadyRun(
            vectors: data, queries: try VectorFile.read(queryPath), recall: share,
            baseCount: min(data.count, try arguments.integer(base, or: data.count * 3 / 5)),
            rate: try arguments.integer(rate, or: 2000),
            batchCount: try arguments.integer(batch, or: 20),
            workspace: try Workspace(in: arguments.text(.directory) ?? "."))
        try run.build()
        return report(
            try run.run(
                rounds: try arguments.integer(rounds, or: 3),
                seconds: try arguments.seconds(or: 10)))
    }

    private static func report(_ phases: [SteadyRun.Phase]) -> Report {
        var table = TextTable(header: [
            "beside", "searches/s", "p50 µs", "p99 µs", "max µs", "cpu p50", "cpu p99", "cpu max",
            "inserts/s", "steps",
        ])
        for phase in phases {
            let seconds = max(phase.elapsedSeconds, 1e-9)
            table.add(
                [phase.load.name, shown(Double(phase.searches.count) / seconds)]
                    + phase.searches.cells + phase.processor.cells
                    + [shown(Double(phase.insertedCount) / seconds), String(phase.stepCount)])
        }
        func p99(_ latencies: Latencies) -> Double { latencies.microseconds(within: [0.99])[0] }
        let idle = phases.first
        let json = phases.map { phase in
            JSON.members([
                "beside": .string(phase.load.name),
                "searches": .integer(phase.searches.count),
                "latencyMicroseconds": phase.searches.json,
                "processorMicroseconds": phase.processor.json,
                "p99OfIdle": .measured(
                    p99(phase.searches) / max(idle.map { p99($0.searches) } ?? 0, 1e-9)),
                "processorP99OfIdle": .measured(
                    p99(phase.processor) / max(idle.map { p99($0.processor) } ?? 0, 1e-9)),
                "inserted": .integer(phase.insertedCount),
                "seconds": .measured(phase.elapsedSeconds),
                "maintenanceSteps": .integer(phase.stepCount),
            ])
        }
        return Report(lines: table.lines, json: .members(["phases": .array(json)]))
    }
}
