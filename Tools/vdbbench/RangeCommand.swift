internal import VDBPrimitives
internal import VectorDB

/// `range`: recall and speed of range search, for radii that hold so many records.
enum RangeCommand {
    private static let counts = Option(
        "counts", "N,…", help: "records within the distance of each query (default 1,10,100,1000)")
    private static let recall = Option("recall", "R", help: "recall to ask for (default 0.95)")

    static let command = Command(
        name: "range", summary: "recall and speed of search within a distance",
        positionals: ["DB", "QUERIES"], requiredCount: 2,
        options: [counts, recall, SearchInput.limit],
        notes: """
            For each query the distance is that of its N-th nearest record, found exactly. One
            thread makes one search after the other. Recall is the mean share of the records within
            the distance that was found.
            """,
        run: run)

    private struct Result {
        let count: Int
        var recall = 0.0
        var perProcessorSecond = 0.0
        var statistics = SearchStatistics()
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let counts = try arguments.integers(counts, or: [1, 10, 100, 1000])
        let name = arguments.text(recall) ?? "0.95"
        guard let share = Double(name), share > 0, share <= 1 else {
            throw .usage("option --recall is \(name), not above 0 and at most 1")
        }
        let queries = try VectorFile.read(
            arguments.positionals[1], limit: try arguments.integer(SearchInput.limit, or: .max))
        let database = try Database.reading(arguments.positionals[0])
        let results = try library { () throws(VectorDBError) in
            let nearest = try database.search(
                (0..<queries.count).map {
                    Query(queries.vector($0), count: counts.max() ?? 1, effort: .exact)
                })
            var results: [Result] = []
            for count in counts {
                results.append(
                    try measure(database, queries, nearest, count, effort: .recall(share)))
            }
            try database.close()
            return results
        }
        return report(results, queryCount: queries.count)
    }

    private static func measure(
        _ database: Database, _ queries: VectorTable, _ nearest: [[Match]], _ count: Int,
        effort: Query.Effort
    ) throws(VectorDBError) -> Result {
        var result = Result(count: count)
        var recallSum = 0.0
        let usedBefore = ProcessUsage.processorSeconds
        var found: [[Match]] = []
        for index in 0..<queries.count {
            let last = nearest[index][min(count, nearest[index].count) - 1]
            var statistics = SearchStatistics()
            found.append(
                try database.search(
                    Query(queries.vector(index), within: last.distance, effort: effort),
                    statistics: &statistics))
            result.statistics.probes += statistics.probes
            result.statistics.scanned += statistics.scanned
            result.statistics.reranked += statistics.reranked
        }
        let used = ProcessUsage.processorSeconds - usedBefore
        for (matches, nearest) in zip(found, nearest) {
            let due = Set(nearest.prefix(count).map(\.id))
            let hits = matches.count { due.contains($0.id) }
            recallSum += Double(hits) / Double(due.count)
        }
        result.recall = recallSum / Double(queries.count)
        result.perProcessorSecond = Double(queries.count) / used
        return result
    }

    private static func report(_ results: [Result], queryCount: Int) -> Report {
        let mean = { (sum: Int) in Double(sum) / Double(queryCount) }
        var table = TextTable(
            header: ["within", "recall", "1/cpu s", "probes", "scanned", "reranked"])
        for result in results {
            table.add([
                String(result.count), shown(result.recall), shown(result.perProcessorSecond),
                shown(mean(result.statistics.probes)), shown(mean(result.statistics.scanned)),
                shown(mean(result.statistics.reranked)),
            ])
        }
        return Report(
            lines: table.lines,
            json: .array(
                results.map { result in
                    .members([
                        "count": .integer(result.count),
                        "recall": .double(result.recall),
                        "queriesPerCpuSecond": .measured(result.perProcessorSecond),
                        "probes": .measured(mean(result.statistics.probes)),
                        "scanned": .measured(mean(result.statistics.scanned)),
                        "reranked": .measured(mean(result.statistics.reranked)),
                    ])
                }))
    }
}
