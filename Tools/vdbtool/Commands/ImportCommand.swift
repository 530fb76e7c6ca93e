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
    private static let badValues = Option(
        "bad-values", .choice(BadValuePolicy.allCases.map(\.rawValue)),
        help:
            "what to do about a value of an attribute that cannot be read: fail, make it null, or "
            + "skip the record (default fail)")
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
            badValues, noMaintain,
        ],
        rules: [.atMostOne([ids.name, firstID.name])],
        notes: [
            "Into a database of bits go rows of bytes, each byte eight components from its least "
                + "significant bit on (u8bin, bvecs, npy of uint8), or components 0 and 1.",
            "Ids are row numbers plus --first-id unless --ids or the file itself (jsonl: id) "
                + "says others; --skip does not change them. A location NAME is two CSV columns, "
                + "NAME.lat and NAME.lon. An empty cell is null, \"\" the empty keyword.",
            "Each batch is kept as a whole once it is acknowledged. Ctrl-C stops after the batch "
                + "at work (exit code 130; SIGTERM does the same with 143), wrong contents after "
                + "the rows before them (65); all say the --skip to go on with, if that can "
                + "help. After kill -9 or a loss of power, the same command with "
                + "--on-duplicate=skip goes on. Then the index is built to completion.",
            "Of rows with the same id, --on-duplicate=replace keeps the last and skip the first, "
                + "also within a file; fail says which row it is.",
            "With --bad-values=null or skip, how many values could not be read, and the first five "
                + "with row (from 0), line, attribute, value and reason, are on standard error at "
                + "the end. Text that is not CSV or JSON at all, and vectors, always fail.",
            "Files are read as they come, a batch at a time: they may be larger than memory. From "
                + "a pipe, rows go in as they arrive, in smaller batches if they arrive slowly. A "
                + ".gz file is checked to its end before anything of it is imported; a .gz that "
                + "is a pipe cannot be, and neither can gunzip -c | vdbtool import: what came "
                + "before the damage is in then.",
            "A byte-order mark at the start of text and empty lines at its end are ignored. More "
                + "attributes or ids than vectors are an error (65), but all vectors are in.",
            "JSON: imported (new and replaced), skipped and replaced (ids that were there), "
                + "refused (by --bad-values=skip), badValues (count, records, first), seconds, "
                + "maintainSeconds, nextID (above all ids given), nextSkip.",
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
        let tolerates = options.badValues != .fail
        let reader = try VectorFormat.open(
            file, format: format, schema: database.schema, toleratesBadValues: tolerates)
        let attributeReader: (any AttributeReader)? =
            if let path = arguments.text(attributes) {
                try openAttributes(
                    path, schema: database.schema,
                    ignoresUnknown: arguments.has(ignoreUnknown), toleratesBadValues: tolerates)
            } else { nil }
        let idReader: IDReader? =
            if let path = arguments.text(ids) { try IDReader(opening: path) } else { nil }

        Interruption.beginWatching()
        var job = Import(
            database, reader, attributes: attributeReader, ids: idReader, options)
        let clock = Stopwatch()
        defer { complain(job.report.badValues.lines(options.badValues), console) }
        try job.run(console.progress("importing", unit: "vectors", total: job.expectedCount))
        var report = job.report
        report.seconds = clock.seconds
        if maintains, Interruption.requested == nil {
            report.maintainSeconds = try maintain(database, report, console)
        }
        try database.finish(console)
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
            } ?? .fail,
            badValues: try arguments.choice(badValues) { BadValuePolicy(rawValue: $0) } ?? .fail)
    }

    /// Builds the index; if only room is short for it, that is said and is no failure.
    ///
    /// - Returns: the seconds that it took.
    private static func maintain(
        _ database: Database, _ report: Import.Report, _ console: Console
    ) throws(ToolFailure) -> Double {
        do throws(ToolFailure) {
            return try database.maintain(console) { seconds in
                var report = report
                report.maintainSeconds = seconds
                try? show(report, console)
                try? console.flush()
                console.complain("stopped while indexing; vdbtool recluster goes on")
            }
        } catch {
            guard error.isLackOfRoom else { throw error }
            console.complain(
                "the index waits for room, all vectors are in; vdbtool recluster builds it: "
                    + error.message)
            return 0
        }
    }

    private static func complain(_ lines: [String], _ console: Console) {
        if !lines.isEmpty { console.complain(lines.joined(separator: "\n")) }
    }

    private static func show(
        _ report: Import.Report, _ console: Console
    ) throws(ToolFailure) {
        guard console.printsJSON else {
            var parts = ["imported \(report.imported) vectors in \(fixed(report.seconds, 1)) s"]
            if report.replaced > 0 { parts.append("\(report.replaced) of them replaced others") }
            if report.skipped > 0 { parts.append("\(report.skipped) were there already") }
            if report.refused > 0 { parts.append("\(report.refused) were left out") }
            if report.maintainSeconds > 0 {
                parts.append("indexed in \(fixed(report.maintainSeconds, 1)) s")
            }
            return try console.print(parts.joined(separator: ", "))
        }
        try console.print(
            JSON.members([
                "imported": .count(report.imported), "skipped": .count(report.skipped),
                "replaced": .count(report.replaced), "refused": .count(report.refused),
                "badValues": report.badValues.json, "seconds": .measured(report.seconds),
                "maintainSeconds": .measured(report.maintainSeconds),
                "nextID": report.nextID.map { .unsigned($0) } ?? .null,
                "nextSkip": .count(report.nextSkip),
            ]).text)
    }
}
