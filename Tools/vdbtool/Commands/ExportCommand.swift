internal import VectorDB

/// `export`: records into files that `import` reads.
enum ExportCommand {
    private static let format = Option(
        "format", .choice(VectorFormat.written.map(\.rawValue)),
        help: "the file's format, if its name does not tell")
    private static let attributes = Option(
        "attributes", .file(), help: "write the attributes too: CSV, or JSONL if its name says so")
    private static let ids = Option("ids", .file(), help: "write the ids too, one on each line")

    static let command = Command(
        name: "export", summary: "write vectors and attributes into files",
        positionals: [
            .database,
            Positional(
                name: "FILE",
                help: "fvecs, bvecs, fbin, u8bin, i8bin, npy or jsonl; - is standard output"),
        ],
        options: [format, .filter, attributes, ids],
        notes: [
            "In the order in which the records came in, as the database is when it begins, beside "
                + "a writer too, and in little memory. jsonl has all of a record; the other "
                + "formats have vectors alone: --ids and --attributes write the rest, and import "
                + "reads them under the same names. fvecs and fbin are float32 whatever the "
                + "database has; bvecs and u8bin need uint8, i8bin int8; npy has what the "
                + "database has.",
            "A file has its name only when it is whole; until then it is called FILE.new. Ctrl-C "
                + "stops and leaves nothing (exit code 130).",
            "JSON: exported (records), bytes, seconds. With - the data alone goes to standard "
                + "output.",
        ],
        example: "vdbtool export photos.vdb cats.npy --ids=cats.ids --where='kind = \"cat\"'",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let path = arguments.positionals[1]
        let format = try chosenFormat(arguments, path)
        try arguments.checkStandardStream([path, arguments.text(attributes), arguments.text(ids)])
        let database = try Database.reading(arguments)
        let filter = try arguments.filter(database.schema)
        let records = try engine { () throws(VectorDBError) in
            try database.records(where: filter)
        }
        Interruption.beginWatching()
        let clock = Stopwatch()
        var export = try Export(
            database.schema, format, to: path, attributes: arguments.text(attributes),
            ids: arguments.text(ids))
        do throws(ToolFailure) {
            let total = format.needsCount ? try Export.count(records) : nil
            try export.run(
                records, count: total,
                console.progress("exporting", unit: "records", total: total))
        } catch {
            export.abandon()
            throw error
        }
        try database.finish()
        if let code = Interruption.requested {
            console.complain("stopped; nothing was written")
            return code
        }
        if path != "-" { try show(export, clock.seconds, path, console) }
        return .done
    }

    private static func chosenFormat(
        _ arguments: Arguments, _ path: String
    ) throws(ToolFailure) -> VectorFormat {
        let named = try arguments.choice(format) { name in
            VectorFormat.written.first { $0.rawValue == name }
        }
        guard let format = named ?? VectorFormat(fileName: path), !path.hasSuffix(".gz") else {
            throw .usage("cannot tell the format of \(quoted(path)) by its name: --format says it")
        }
        guard VectorFormat.written.contains(format) else {
            throw .usage("cannot export as \(format.rawValue): it can be read only")
        }
        return format
    }

    private static func show(
        _ export: Export, _ seconds: Double, _ path: String, _ console: Console
    ) throws(ToolFailure) {
        try console.print(
            console.printsJSON
                ? JSON.members([
                    "exported": .count(export.count), "bytes": .count(export.size),
                    "seconds": .measured(seconds),
                ]).text
                : "exported \(export.count) records, \(byteText(export.size)), to \(path) "
                    + "in \(fixed(seconds, 1)) s")
    }
}

extension Arguments {
    /// Refuses two uses of standard input or output.
    func checkStandardStream(_ paths: [String?]) throws(ToolFailure) {
        guard paths.filter({ $0 == "-" }).count > 1 else { return }
        throw .usage("- stands for two files; only one of them can be a standard stream")
    }
}
