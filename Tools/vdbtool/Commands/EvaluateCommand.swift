internal import VDBPrimitives
internal import VectorDB

/// `evaluate`: how good and how fast search is.
enum EvaluateCommand {
    static let truth = Option(
        "truth", .file("IVECS"),
        help: "the true nearest of each query as ids, nearest first; computed if not given")
    static let repetitions = Option(
        "repeat", .text("N"), help: "times to run all queries (default 1)")
    static let threads = Option(
        "threads", .text("N"), help: "threads, each with one query at a time (default 1)")
    private static let limit = Option("limit", .text("N"), help: "use only the first N queries")

    static let command = Command(
        name: "evaluate", summary: "measure recall and speed of search",
        positionals: [.database],
        options: [
            Option(
                Option.queries.name, Option.queries.value, isRequired: true,
                help: Option.queries.help),
            truth, .count, .filter, .recall, .probes, .rerank, repetitions, threads, limit,
        ],
        rules: [
            .atMostOne([Option.recall.name, Option.probes.name]),
            .together([Option.probes.name, Option.rerank.name]),
        ],
        notes: [
            "Recall is the share of the true --count nearest that was found. Without --truth they "
                + "are found by exact search first, under the same filter, and a match as near as "
                + "the last of them counts too. Only searches are timed; queries per second are "
                + "searches by the time that each thread spent in them.",
            "JSON: recall, queriesPerSecond, latencyMicroseconds (p50, p95, p99), returned (min, "
                + "mean: matches per query); probes, reranked, scanned (means per query).",
        ],
        example: "vdbtool evaluate photos.vdb --queries=queries.fvecs --recall=0.99 --repeat=3",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let database = try Database.reading(arguments)
        let limit = try arguments.integer(limit, in: 1...Int.max) ?? .max
        var evaluation = Evaluation(
            database: database,
            queries: try queries(arguments, database.schema, limit: limit),
            count: try arguments.count(), filter: try arguments.filter(database.schema),
            effort: try arguments.effort(),
            threadCount: try arguments.integer(threads, in: 1...1024) ?? 1,
            repetitionCount: try arguments.integer(repetitions, in: 1...1_000_000) ?? 1)
        if let path = arguments.text(truth) {
            evaluation.truth = try readTruth(path, evaluation)
        } else {
            evaluation.truth = try evaluation.exactAnswers(
                console.progress(
                    "searching exactly", unit: "queries", total: evaluation.queries.count))
        }
        let searchCount = evaluation.queries.count * evaluation.repetitionCount
        let measured = try evaluation.measure(
            console.progress("searching", unit: "queries", total: searchCount))
        try database.finish()
        try show(measured, evaluation, console)
        return .done
    }

    static func queries(
        _ arguments: Arguments, _ schema: Schema, limit: Int
    ) throws(ToolFailure) -> [Vector] {
        let path = arguments.text(.queries) ?? ""
        var reader = try VectorFormat.open(path, schema: schema)
        var queries: [Vector] = []
        while queries.count < limit, let batch = try reader.next(min(256, limit - queries.count)) {
            for row in 0..<batch.rowCount {
                queries.append(batch.vectors.rows(at: [row], dimension: reader.dimension))
            }
        }
        guard !queries.isEmpty else {
            throw .badInput("cannot evaluate: there is no query in \(path)")
        }
        return queries
    }

    static func readTruth(
        _ path: String, _ evaluation: Evaluation
    ) throws(ToolFailure) -> [Evaluation.Truth] {
        let rows = try GroundTruth.read(path, limit: evaluation.queries.count)
        guard rows.count == evaluation.queries.count else {
            throw .badInput(
                "cannot evaluate: \(path) has \(rows.count) rows, "
                    + "there are \(evaluation.queries.count) queries")
        }
        let count = evaluation.count
        // Under a filter there may be fewer that match.
        if evaluation.filter == nil, let row = rows.firstIndex(where: { $0.count < count }) {
            throw .badInput(
                "cannot evaluate: row \(row) of \(path) has \(rows[row].count) ids, "
                    + "--count asks for \(count)")
        }
        return rows.map { Evaluation.Truth(ids: Set($0.prefix(count))) }
    }

    private static func show(
        _ measured: Evaluation.Measured, _ evaluation: Evaluation, _ console: Console
    ) throws(ToolFailure) {
        let mean = measured.mean
        if console.printsJSON {
            return try console.print(
                JSON.members([
                    "recall": .measured(measured.recall, places: 9),
                    "queriesPerSecond": .measured(measured.queriesPerSecond, places: 3),
                    "latencyMicroseconds": .members([
                        "p50": .measured(measured.latency(0.5), places: 3),
                        "p95": .measured(measured.latency(0.95), places: 3),
                        "p99": .measured(measured.latency(0.99), places: 3),
                    ]),
                    "returned": .members([
                        "min": .count(measured.minimumReturned),
                        "mean": .double(mean(measured.returned)),
                    ]),
                    "probes": .double(mean(measured.probes)),
                    "reranked": .double(mean(measured.reranked)),
                    "scanned": .double(mean(measured.scanned)),
                ]).text)
        }
        var table = TextTable(alignments: [.left, .left])
        table.add(["queries", "\(evaluation.queries.count) × \(evaluation.repetitionCount)"])
        table.add(["recall@\(evaluation.count)", fixed(measured.recall, 4)])
        table.add(["queries per second", fixed(measured.queriesPerSecond, 1)])
        for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            table.add(["latency \(name)", "\(fixed(measured.latency(share), 1)) µs"])
        }
        let returned = "\(measured.minimumReturned) or more"
        table.add(["returned", "\(returned), mean \(fixed(mean(measured.returned), 2))"])
        table.add(["lists probed", fixed(mean(measured.probes), 1)])
        table.add(["entries scanned", fixed(mean(measured.scanned), 1)])
        table.add(["vectors compared", fixed(mean(measured.reranked), 1)])
        for line in table.lines { try console.print(line) }
    }
}
