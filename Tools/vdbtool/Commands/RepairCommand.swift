internal import VectorDB

/// `repair`: everything sound of a damaged database into a new one.
enum RepairCommand {
    private static let into = Option(
        "into", .text("NEW"), isRequired: true, help: "the database to make: a directory")

    private static let dimension = Option(
        "dimension", .text("N"),
        help: "components per vector, if the schema is lost; the following options likewise")

    static let command = Command(
        name: "repair", summary: "salvage a damaged database into a new one",
        positionals: [.database],
        options: [
            into, dimension, CreateCommand.element, CreateCommand.metric, CreateCommand.attribute,
        ],
        rules: ["element", "metric", "attribute"].map { .needs($0, "dimension") },
        notes: [
            "Looks for records on every page of the tables and in the whole log, each proven by "
                + "its checksum, and puts them into a new database, which is verified before it "
                + "gets its name. Changes nothing in DB. Says one by one what was lost; the exit "
                + "code is 0 all the same.",
            "JSON: {\"salvaged\":N,\"lost\":[LOSS,…]}; a LOSS has place, reason, consequence, ids "
                + "(pairs of first and last) and unknown (how many beyond those).",
        ],
        example: "vdbtool repair photos.vdb --into=photos-repaired.vdb",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let target = arguments.text(into) ?? ""
        let schema =
            arguments.text(dimension) == nil ? nil : try CreateCommand.schema(arguments)
        let progress = console.progress("repairing", unit: "steps", total: nil)
        let report = try engine { () throws(VectorDBError) in
            try Database.repair(
                at: arguments.databasePath, into: target, schema: schema
            ) { step, share in
                progress.report(step: step, share: share)
            }
        }
        progress.finish()
        if console.printsJSON {
            try console.print(
                JSON.members([
                    "salvaged": .count(report.salvagedCount),
                    "lost": .array(report.losses.map(JSON.init)),
                ]).text)
        } else {
            for loss in report.losses { try console.print(loss.description) }
            try console.print(
                "salvaged \(report.salvagedCount) records into \(target)"
                    + (report.losses.isEmpty
                        ? ", nothing was lost" : ", \(report.losses.count) losses"))
        }
        return .done
    }
}

extension JSON {
    fileprivate init(_ loss: RepairReport.Loss) {
        let ids = loss.ids.map {
            JSON.array([.unsigned($0.lowerBound), .unsigned($0.upperBound)])
        }
        self = .members([
            "place": .string(loss.place), "reason": .string(loss.reason),
            "consequence": .string(loss.consequence.rawValue), "ids": .array(ids),
            "unknown": .count(loss.unknownCount),
        ])
    }
}
