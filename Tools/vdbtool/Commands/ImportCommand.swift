internal import VectorDB

/// `import`: vectors, ids and attributes from files.
enum ImportCommand {
    private static let format = Option(
        "format", .choice(VectorFormat.allCases.map(\.rawValue)),
        help: "the file's format, if its name does not tell")
    private static let attributes = Option(
        "attributes", .file(), help: "CSV or JSONL with the attributes, one row for each vector")
    private static let ignoreUnknown = Option(
        "ignore-unknown-attributes", help: "pass over columns that the schema does not know")
    private static let ids = Option(
        "ids", .file(), help: "ids, one on each line, or npy of uint64 or int64")
    private static let firstID = Option(
        "first-id", .text("N"), help: "id of the file's first vector, N + 1 the next (default 0)")
    private static let limit = Option("limit", .text("N"), help: "import at most N vectors")
    private static let skip = Option(
        "skip", .text("N"), help: "leave out the first N vectors, with their ids and attributes")
    private static let batch = Option(
        "batch", .text("N"), help: "vectors in each acknowledged write (default up to 1000, 8 MB)")
    private static let onDuplicate = Option(
        "on-duplicate", .choice(["fail", "skip", "replace"]),
        help: "what to do about an id that is there (default fail)")
    private static let noMaintain = Option(
        "no-maintain", help: "leave checkpoint and training of the index for later")

    static let command = Command(
        name: "import", summary: "read vectors, ids and attributes from files",
        positionals: [
            .database,
            Positional(
                name: "FILE",
                help:
                    "fvecs, bvecs, fbin, u8bin, i8bin, npy, idx or jsonl; also .gz; - is standard "
                    + "input"),
        ],
        options: [
            format, attributes, ignoreUnknown, ids, firstID, limit, skip, batch, onDuplicate,
            noMaintain,
        ],
        rules: [.atMostOne([ids.name, firstID.name])],
        notes: [
            "Into a database of bits go rows of bytes, each byte eight components from its least "
                + "significant bit on (u8bin, bvecs, npy of uint8), or components 0 and 1.",
            "Ids are row numbers plus --first-id unless --ids or the file itself (jsonl: id) "
                + "says others; --skip does not change them. A location NAME is two CSV columns, "
                + "NAME.lat and NAME.lon. An empty cell is null, \"\" the empty keyword.",
            "Each batch is kept as a whole once it is acknowledged. Ctrl-C stops after the batch "
                + "at work (exit code 130), wrong contents after the batch before them (65); "
                + "both say the --skip to go on with. After kill -9 or a loss of power, the same "
                + "command with --on-duplicate=skip goes on. Then the index is built to "
                + "completion.",
            "Files are read as they come, a batch at a time: they may be larger than memory.",
            "JSON: imported (new and replaced), skipped and replaced (ids that were there), "
                + "seconds, maintainSeconds, nextID (above all ids given), nextSkip.",
        ],
        example: "vdbtool import photos.vdb vectors.npy --attributes=photos.csv",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let options = try importOptions(arguments)
        let format = try arguments.choice(format) { VectorFormat(rawValue: $0) }
        let file = arguments.positionals[1]
        try arguments.checkStandardStream(
            [file, arguments.text(attributes), arguments.text(ids)])
        let maintains = !arguments.has(noMaintain)
        let database = try Database.writing(arguments)
        let reader = try VectorFormat.open(file, format: format, schema: database.schema)
        let attributeReader: (any AttributeReader)? =
            if let path = arguments.text(attributes) {
                try openAttributes(
                    path, schema: database.schema,
                    ignoresUnknown: arguments.has(ignoreUnknown))
            } else { nil }
        let idReader: IDReader? =
            if let path = arguments.text(ids) { try IDReader(opening: path) } else { nil }

        Interruption.beginWatching()
        var job = Import(
            database, reader, attributes: attributeReader, ids: idReader, options)
        let clock = Stopwatch()
        try job.run(console.progress("importing", unit: "vectors", total: job.expectedCount))
        var report = job.report
        report.seconds = clock.seconds
        if maintains, Interruption.requested == nil {
            report.maintainSeconds = try database.maintain(console) { [report] seconds in
                var report = report
                report.maintainSeconds = seconds
                try? show(report, console)
                try? console.flush()
                console.complain("stopped while indexing; vdbtool recluster goes on")
            }
        }
        try database.finish()
        try show(report, console)
        guard let code = Interruption.requested else { return .done }
        console.complain("stopped; \(report.resumption)")
        return code
    }

    private static func importOptions(
        _ arguments: Arguments
    ) throws(ToolFailure) -> Import.Options {
        Import.Options(
            skip: try arguments.integer(skip, in: 0...Int.max) ?? 0,
            limit: try arguments.integer(limit, in: 0...Int.max),
            batchCount: try arguments.integer(batch, in: 1...1_000_000),
            firstID: try arguments.id(firstID),
            onDuplicate: try arguments.choice(onDuplicate) { name in
                let policies: [String: DuplicatePolicy] = [
                    "fail": .fail, "skip": .skip, "replace": .replace,
                ]
                return policies[name]
            } ?? .fail)
    }

    private static func show(
        _ report: Import.Report, _ console: Console
    ) throws(ToolFailure) {
        guard console.printsJSON else {
            var parts = ["imported \(report.imported) vectors in \(fixed(report.seconds, 1)) s"]
            if report.replaced > 0 { parts.append("\(report.replaced) of them replaced others") }
            if report.skipped > 0 { parts.append("\(report.skipped) were there already") }
            if report.maintainSeconds > 0 {
                parts.append("indexed in \(fixed(report.maintainSeconds, 1)) s")
            }
            return try console.print(parts.joined(separator: ", "))
        }
        try console.print(
            JSON.members([
                "imported": .count(report.imported), "skipped": .count(report.skipped),
                "replaced": .count(report.replaced), "seconds": .measured(report.seconds),
                "maintainSeconds": .measured(report.maintainSeconds),
                "nextID": report.nextID.map { .unsigned($0) } ?? .null,
                "nextSkip": .count(report.nextSkip),
            ]).text)
    }
}
