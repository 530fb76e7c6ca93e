internal import VDBPrimitives
internal import VectorDB

/// `search`: recall and queries per second of processor time, for several settings in one opening.
enum SearchCommand {
    private static let rounds = Option(
        "rounds", "N",
        help: "searches for each query; of a batch of them the fastest round counts (default 1)")
    /// Queries whose processor time is compared from round to round.
    private static let batchSize = 100

    static let command = Command(
        name: "search", summary: "recall and speed of search, to be compared with other engines",
        positionals: ["DB", "QUERIES"], requiredCount: 2,
        options: SearchInput.options + [SearchInput.filters, rounds],
        notes: """
            The database is opened for reading, so that no thread works in the background. One
            thread makes one search after the other; a tenth of them go before, not timed. Recall
            is the share of the true --count nearest that was found; without --truth a match as
            near as the last of them counts too, which bits need. Queries for bits are their bytes,
            as bvecs. `1/cpu s` is searches per
            second of processor time of the process, which other processes disturb less; of several
            --rounds, what each hundred queries took when they were fastest. The searches that go
            before are without --filters: in one round, at one setting and with --truth each filter
            is used once, as by a map that is moved.
            """,
        run: run)

    /// What came of one setting.
    private struct Result {
        let setting: String
        var recall = 0.0
        /// The fewest matches that a query got.
        var fewest = 0
        var queryCount = 0
        var processorSeconds = 0.0
        var calls = Latencies()

        var perProcessorSecond: Double { Double(queryCount) / processorSeconds }
        var perSecond: Double { Double(calls.count) / calls.seconds.reduce(0, +) }
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let input = try SearchInput(arguments)
        let roundCount = try arguments.integer(rounds, or: 1)
        var results: [Result] = []
        for (name, effort) in input.efforts {
            results.append(try measure(name, effort, input, roundCount))
        }
        try library { () throws(VectorDBError) in try input.database.close() }
        return report(results)
    }

    private static func measure(
        _ setting: String, _ effort: Query.Effort, _ input: SearchInput, _ roundCount: Int
    ) throws(BenchFailure) -> Result {
        let queries = input.prepared(effort)
        var result = Result(setting: setting)
        var found: [[Match]] = []
        found.reserveCapacity(queries.count)
        try library { () throws(VectorDBError) in
            let first = input.prepared(effort, areFiltered: false)
            for query in first.prefix(max(1, queries.count / 10)) {
                _ = try input.database.search(query)
            }
            let starts = stride(from: 0, to: queries.count, by: batchSize)
            var fastest = starts.map { _ in Double.infinity }
            for _ in 0..<max(roundCount, 1) {
                found.removeAll(keepingCapacity: true)
                for (batch, start) in starts.enumerated() {
                    let usedBefore = ProcessUsage.processorSeconds
                    for query in queries[start..<min(start + batchSize, queries.count)] {
                        let call = Stopwatch()
                        found.append(try input.database.search(query))
                        result.calls.add(call.seconds)
                    }
                    let used = ProcessUsage.processorSeconds - usedBefore
                    fastest[batch] = min(fastest[batch], used)
                }
            }
            result.queryCount = queries.count
            result.processorSeconds = fastest.reduce(0, +)
        }
        result.recall = input.recall(of: found)
        result.fewest = found.map(\.count).min() ?? 0
        return result
    }

    private static func report(_ results: [Result]) -> Report {
        var table = TextTable(header: [
            "setting", "recall", "1/cpu s", "1/s", "p50 µs", "p99 µs", "max µs",
        ])
        for result in results {
            table.add(
                [
                    result.setting, shown(result.recall), shown(result.perProcessorSecond),
                    shown(result.perSecond),
                ] + result.calls.cells)
        }
        return Report(
            lines: table.lines,
            json: .members([
                "peakResidentBytes": .integer(ProcessUsage.peakResidentSize),
                "points": .array(
                    results.map { result in
                        .members([
                            "setting": .string(result.setting),
                            "recall": .double(result.recall),
                            "fewest": .integer(result.fewest),
                            "queriesPerCpuSecond": .measured(result.perProcessorSecond),
                            "queriesPerSecond": .measured(result.perSecond),
                            "latencyMicroseconds": result.calls.json,
                        ])
                    }),
            ]))
    }
}
