internal import VDBPrimitives
internal import VectorDB

/// `search`: recall and queries per second of processor time, for several settings in one opening.
enum SearchCommand {
    static let command = Command(
        name: "search", summary: "recall and speed of search, to be compared with other engines",
        positionals: ["DB", "QUERIES"], requiredCount: 2,
        options: SearchInput.options,
        notes: """
            The database is opened for reading, so that no thread works in the background. One
            thread makes one search after the other; a tenth of them go before, not timed. Recall
            is the share of the true --count nearest that was found. `1/cpu s` is searches per
            second of processor time of the process, which other processes disturb less.
            """,
        run: run)

    /// What came of one setting.
    private struct Result {
        let setting: String
        var recall = 0.0
        var processorSeconds = 0.0
        var calls = Latencies()

        var perProcessorSecond: Double { Double(calls.count) / processorSeconds }
        var perSecond: Double { Double(calls.count) / calls.seconds.reduce(0, +) }
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let input = try SearchInput(arguments)
        var results: [Result] = []
        for (name, effort) in input.efforts {
            results.append(try measure(name, input.prepared(effort), input))
        }
        try library { () throws(VectorDBError) in try input.database.close() }
        return report(results)
    }

    private static func measure(
        _ setting: String, _ queries: [Query], _ input: SearchInput
    ) throws(BenchFailure) -> Result {
        var result = Result(setting: setting)
        var found: [[Match]] = []
        found.reserveCapacity(queries.count)
        try library { () throws(VectorDBError) in
            for query in queries.prefix(max(1, queries.count / 10)) {
                _ = try input.database.search(query)
            }
            let usedBefore = ProcessUsage.processorSeconds
            for query in queries {
                let call = Stopwatch()
                found.append(try input.database.search(query))
                result.calls.add(call.seconds)
            }
            result.processorSeconds = ProcessUsage.processorSeconds - usedBefore
        }
        result.recall = input.recall(of: found)
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
                            "queriesPerCpuSecond": .measured(result.perProcessorSecond),
                            "queriesPerSecond": .measured(result.perSecond),
                            "latencyMicroseconds": result.calls.json,
                        ])
                    }),
            ]))
    }
}
