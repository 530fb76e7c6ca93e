internal import VDBPrimitives
internal import VectorDB

/// `batch`: recall and queries per second of whole batches on several threads.
enum BatchCommand {
    private static let threads = Option("threads", "N", help: "threads (default all processors)")
    private static let rounds = Option(
        "rounds", "N", help: "times that all queries are asked (default 5)")

    static let command = Command(
        name: "batch", summary: "recall and speed of all queries in one call, on several threads",
        positionals: ["DB", "QUERIES"], requiredCount: 2,
        options: SearchInput.options + [threads, rounds],
        notes: """
            Each round is one call with all queries; one goes before, not timed. `1/s` is by the
            shortest wall time of a round, `1/cpu s` by processor time of all rounds and threads.
            """,
        run: run)

    /// What came of one setting.
    private struct Result {
        let setting: String
        var recall = 0.0
        var perSecond = 0.0
        var perProcessorSecond = 0.0
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let input = try SearchInput(arguments)
        let threads = try arguments.integer(threads, or: Platform.processorCount)
        let rounds = try arguments.integer(rounds, or: 5)
        var results: [Result] = []
        for (name, effort) in input.efforts {
            let queries = input.prepared(effort)
            var result = Result(setting: name)
            try library { () throws(VectorDBError) in
                result.recall = input.recall(
                    of: try input.database.search(queries, threads: threads))
                let usedBefore = ProcessUsage.processorSeconds
                var shortest = Double.infinity
                for _ in 0..<rounds {
                    let round = Stopwatch()
                    _ = try input.database.search(queries, threads: threads)
                    shortest = min(shortest, round.seconds)
                }
                let used = ProcessUsage.processorSeconds - usedBefore
                result.perSecond = Double(queries.count) / shortest
                result.perProcessorSecond = Double(queries.count * rounds) / used
            }
            results.append(result)
        }
        try library { () throws(VectorDBError) in try input.database.close() }
        return report(results, threads: threads)
    }

    private static func report(_ results: [Result], threads: Int) -> Report {
        var table = TextTable(header: ["setting", "recall", "1/s", "1/cpu s"])
        for result in results {
            table.add([
                result.setting, shown(result.recall), shown(result.perSecond),
                shown(result.perProcessorSecond),
            ])
        }
        return Report(
            lines: table.lines,
            json: .members([
                "threads": .integer(threads),
                "points": .array(
                    results.map { result in
                        .members([
                            "setting": .string(result.setting),
                            "recall": .double(result.recall),
                            "queriesPerSecond": .measured(result.perSecond),
                            "queriesPerCpuSecond": .measured(result.perProcessorSecond),
                        ])
                    }),
            ]))
    }
}
