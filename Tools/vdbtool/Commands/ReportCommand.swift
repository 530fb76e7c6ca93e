internal import VDBPrimitives
internal import VectorDB

/// `report`: a database drawn on a page.
enum ReportCommand {
    private static let sample = Option(
        "sample", .text("N"), help: "records to be queries (default 200; 0 for no curve)")

    static let command = Command(
        name: "report", summary: "draw a database on a page of HTML",
        positionals: [
            .database,
            Positional(name: "FILE", help: "the page to write; - is standard output"),
        ],
        options: [sample, .count],
        notes: [
            "One file that needs no other and no network: what info says, the curve of recall and "
                + "time as bench measures it, the sizes of lists, what the errors were in "
                + "training and are now, drift over time, bytes by table, log and readers. Works "
                + "beside a writer, changes nothing. JSON: bytes."
        ],
        example: "vdbtool report photos.vdb photos.html",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let sampleCount = try arguments.integer(sample, in: 0...1_000_000) ?? 200
        let count = try arguments.count()
        let path = arguments.positionals[1]
        let log = try engine { () throws(VectorDBError) in
            try LogContents(ofDatabaseAt: arguments.databasePath)
        }
        let database = try Database.reading(arguments)
        let queries = try Curve.sample(of: database, count: sampleCount, console)
        let page = ReportPage(
            name: arguments.databasePath, schema: database.schema,
            statistics: try database.figures(), lists: try lists(database, console),
            segments: log.segments, curve: try curve(database, queries, count, console),
            count: count, queryCount: queries.count,
            timeMicroseconds: Platform.wallMicroseconds)
        try database.finish()
        let sink = try ByteSink(creating: path)
        do throws(ToolFailure) {
            try sink.write(page.html + "\n")
            try sink.finish()
        } catch {
            sink.abandon()
            throw error
        }
        guard path != "-" else { return .done }
        try console.print(
            console.printsJSON
                ? JSON.members(["bytes": .count(sink.size)]).text
                : "wrote \(byteText(sink.size)) to \(path)")
        return .done
    }

    private static func lists(
        _ database: Database, _ console: Console
    ) throws(ToolFailure) -> [ListSummary] {
        let progress = console.progress("measuring", unit: "lists", total: nil)
        defer { progress.finish() }
        return try engine { () throws(VectorDBError) in
            try database.lists { step, share in progress.report(step: step, share: share) }
        }
    }

    private static func curve(
        _ database: Database, _ queries: [Record], _ count: Int, _ console: Console
    ) throws(ToolFailure) -> Curve? {
        guard !queries.isEmpty else { return nil }
        var evaluation = Evaluation(
            database: database, queries: queries.map(\.vector), count: count, filter: nil,
            effort: .exact, threadCount: 1, repetitionCount: 1)
        evaluation.ownIDs = queries.map(\.id)
        return try Curve(
            evaluation, recalls: Curve.recalls, includesExact: false, console)
    }
}
