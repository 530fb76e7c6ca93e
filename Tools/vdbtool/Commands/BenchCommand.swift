internal import VectorDB

/// `bench`: the trade-off between recall and time.
enum BenchCommand {
    private static let sample = Option(
        "sample", .text("N"),
        help: "without --queries: so many records are the queries (default 200)")
    private static let recalls = Option(
        "recalls", .text("LIST"),
        help: "the recalls to ask for (default 0.5,0.7,0.8,0.9,0.95,0.98,0.99,0.995,0.999,1)")
    private static let exact = Option("exact", help: "measure exact search too")
    private static let csv = Option("csv", help: "print comma-separated values")
    private static let svg = Option("svg", help: "print a drawing: recall and microseconds")
    private static let limit = Option("limit", .text("N"), help: "use only the first N queries")

    static let command = Command(
        name: "bench", summary: "measure how much time gives how much recall",
        positionals: [.database],
        options: [
            .queries, sample, EvaluateCommand.truth, .count, .filter, recalls, exact,
            EvaluateCommand.repetitions, EvaluateCommand.threads, limit, csv, svg,
        ],
        rules: [
            .atMostOne([Option.queries.name, sample.name]),
            .needs(EvaluateCommand.truth.name, Option.queries.name),
            .needs(limit.name, Option.queries.name),
            .atMostOne([csv.name, svg.name]),
        ],
        notes: [
            "What evaluate measures, over a row of recalls. Without --queries, records chosen at "
                + "random are the queries, each left out of its own answer, which "
                + "then has one match less. "
                + "asked: the recall "
                + "that the search was to reach; recall: the share of the true --count nearest "
                + "that it found; p50, p95, p99: microseconds within which half, 95 % and 99 % of "
                + "the searches ended; queries/s: of all threads; probes: lists scanned; reranked: "
                + "vectors compared exactly, both in the mean of a query. Where two recalls asked "
                + "for cost the same, no cheaper way to the higher one is known.",
            "Redirect the output of --csv and --svg into a file. JSON: points, each with asked "
                + "(null: exact) and what evaluate says.",
        ],
        example: "vdbtool bench photos.vdb --count=10 --svg > curve.svg",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let recalls = try askedRecalls(arguments)
        guard !console.printsJSON || !(arguments.has(csv) || arguments.has(svg)) else {
            throw .usage("options --json, --csv and --svg exclude each other")
        }
        let database = try Database.reading(arguments)
        let evaluation = try evaluation(arguments, database, console)
        let curve = try Curve(
            evaluation, recalls: recalls, includesExact: arguments.has(exact), console)
        try database.finish()
        if arguments.has(svg) {
            try console.print(CurveChart(curve, count: evaluation.count).standalone)
        } else if arguments.has(csv) {
            for line in csvLines(curve) { try console.print(line) }
        } else if console.printsJSON {
            try console.print(JSON.members(["points": .array(curve.points.map(JSON.init))]).text)
        } else {
            for line in textLines(curve) { try console.print(line) }
        }
        return .done
    }

    private static func askedRecalls(_ arguments: Arguments) throws(ToolFailure) -> [Double] {
        guard let text = arguments.text(recalls) else { return Curve.recalls }
        var values: [Double] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let recall = Double(part), recall > 0, recall <= 1 else {
                throw .usage(
                    "option --recalls has \(quoted(String(part))), not a number over 0 up to 1")
            }
            values.append(recall)
        }
        return values
    }

    private static func evaluation(
        _ arguments: Arguments, _ database: Database, _ console: Console
    ) throws(ToolFailure) -> Evaluation {
        let limit = try arguments.integer(limit, in: 1...Int.max) ?? .max
        let sampleCount = try arguments.integer(sample, in: 1...1_000_000) ?? 200
        let isSampled = !arguments.has(.queries)
        let records =
            isSampled ? try Curve.sample(of: database, count: sampleCount, console) : []
        guard !isSampled || !records.isEmpty else {
            throw .usage("cannot measure: there are no records to be queries")
        }
        var evaluation = Evaluation(
            database: database,
            queries: isSampled
                ? records.map(\.vector)
                : try EvaluateCommand.queries(arguments, database.schema, limit: limit),
            count: try arguments.count(), filter: try arguments.filter(database.schema),
            effort: .exact,
            threadCount: try arguments.integer(EvaluateCommand.threads, in: 1...1024) ?? 1,
            repetitionCount: try arguments.integer(
                EvaluateCommand.repetitions, in: 1...1_000_000) ?? 1)
        evaluation.ownIDs = records.map(\.id)
        if let path = arguments.text(EvaluateCommand.truth) {
            evaluation.truth = try EvaluateCommand.readTruth(path, evaluation)
        }
        return evaluation
    }

    private static func csvLines(_ curve: Curve) -> [String] {
        ["asked,recall,p50_us,p95_us,p99_us,queries_per_second,probes,reranked,scanned"]
            + curve.points.map { point in
                let measured = point.measured
                return [
                    point.name, fixed(measured.recall, 6), fixed(measured.latency(0.5), 1),
                    fixed(measured.latency(0.95), 1), fixed(measured.latency(0.99), 1),
                    fixed(measured.queriesPerSecond, 1), fixed(measured.mean(measured.probes), 1),
                    fixed(measured.mean(measured.reranked), 1),
                    fixed(measured.mean(measured.scanned), 1),
                ].joined(separator: ",")
            }
    }

    /// A table, and beside it p50 as bars.
    private static func textLines(_ curve: Curve) -> [String] {
        var table = TextTable(
            header: [
                "asked", "recall", "p50 µs", "p95 µs", "p99 µs", "queries/s", "probes", "reranked",
                "",
            ],
            alignments: [TextTable.Alignment](repeating: .right, count: 8) + [.left])
        let longest = curve.points.map { $0.measured.latency(0.5) }.max() ?? 1
        for point in curve.points {
            let measured = point.measured
            let length = max(1, Int((measured.latency(0.5) / longest * 12).rounded()))
            table.add([
                point.name, fixed(measured.recall, 4), fixed(measured.latency(0.5), 0),
                fixed(measured.latency(0.95), 0), fixed(measured.latency(0.99), 0),
                fixed(measured.queriesPerSecond, 0), fixed(measured.mean(measured.probes), 1),
                fixed(measured.mean(measured.reranked), 1), String(repeating: "#", count: length),
            ])
        }
        return table.lines
    }
}

extension JSON {
    init(_ point: Curve.Point) {
        let measured = point.measured
        self = .members([
            "asked": point.asked.map { .double($0) } ?? .null,
            "recall": .measured(measured.recall, places: 9),
            "queriesPerSecond": .measured(measured.queriesPerSecond, places: 3),
            "latencyMicroseconds": .members([
                "p50": .measured(measured.latency(0.5), places: 3),
                "p95": .measured(measured.latency(0.95), places: 3),
                "p99": .measured(measured.latency(0.99), places: 3),
            ]),
            "probes": .double(measured.mean(measured.probes)),
            "reranked": .double(measured.mean(measured.reranked)),
            "scanned": .double(measured.mean(measured.scanned)),
        ])
    }
}
