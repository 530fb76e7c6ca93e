internal import VDBPrimitives
internal import VectorDB

/// `search`: recall and queries per second of processor time, for several settings in one opening.
enum SearchCommand {
    private static let truth = Option(
        "truth", "IVECS",
        help: "the true nearest of each query, nearest first (default: exact search)")
    private static let settings = Option(
        "settings", "S,…",
        help: "each a recall to ask for (0.95), lists/candidates (8/40) or exact "
            + "(default 0.9,0.95,0.99)")
    private static let limit = Option("limit", "N", help: "queries to use (default all)")
    private static let count = Option("count", "N", help: "matches for each query (default 10)")

    static let command = Command(
        name: "search", summary: "recall and speed of search, to be compared with other engines",
        positionals: ["DB", "QUERIES"], requiredCount: 2,
        options: [truth, settings, limit, count],
        notes: """
            The database is opened for reading, so that no thread works in the background. One
            thread makes one search after the other; a tenth of them go before, not timed. Recall
            is the share of the true --count nearest that was found; without --truth a match as
            near as the last of them counts too, which bits need. Queries for bits are their bytes,
            as bvecs. `1/cpu s` is searches per
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
        let count = try arguments.integer(count, or: 10)
        let limit = try arguments.integer(limit, or: .max)
        let efforts = try arguments.choices(
            settings, or: ["0.9", "0.95", "0.99"].map { ($0, .recall(Double($0) ?? 1)) }, effort)
        let database = try library { () throws(VectorDBError) in
            var options = Options()
            options.isReadOnly = true
            return try Database.open(at: arguments.positionals[0], options: options)
        }
        let queries = try VectorFile.read(arguments.positionals[1], limit: limit)
            .fitting(database.schema)
        let truth =
            if let path = arguments.text(truth) {
                try SearchTruth.read(path, queryCount: queries.count, count: count)
            } else {
                try SearchTruth.search(database, queries, count: count)
            }
        var results: [Result] = []
        for (name, effort) in efforts {
            let prepared = (0..<queries.count).map {
                Query(queries.vector($0), count: count, effort: effort)
            }
            results.append(try measure(name, prepared, truth, database))
        }
        try library { () throws(VectorDBError) in try database.close() }
        return report(results)
    }

    /// A setting's name and what it means, or nil if it means nothing.
    private static func effort(_ text: String) -> (String, Query.Effort)? {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map {
            Int($0) ?? 0
        }
        if numbers.count == 2, numbers[0] > 0, numbers[1] > 0 {
            return (text, .manual(probeCount: numbers[0], rerankCount: numbers[1]))
        }
        if text == "exact" { return (text, .exact) }
        guard let share = Double(text), share > 0, share <= 1 else { return nil }
        return (text, .recall(share))
    }

    private static func measure(
        _ setting: String, _ queries: [Query], _ truth: [SearchTruth], _ database: Database
    ) throws(BenchFailure) -> Result {
        var result = Result(setting: setting)
        var found: [[Match]] = []
        found.reserveCapacity(queries.count)
        try library { () throws(VectorDBError) in
            for query in queries.prefix(max(1, queries.count / 10)) {
                _ = try database.search(query)
            }
            let usedBefore = ProcessUsage.processorSeconds
            for query in queries {
                let call = Stopwatch()
                found.append(try database.search(query))
                result.calls.add(call.seconds)
            }
            result.processorSeconds = ProcessUsage.processorSeconds - usedBefore
        }
        let hits = zip(found, truth).reduce(0) { $0 + $1.1.hitCount($1.0) }
        result.recall = Double(hits) / Double(truth.reduce(0) { $0 + $1.ids.count })
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
