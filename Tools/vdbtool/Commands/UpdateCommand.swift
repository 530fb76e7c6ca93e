internal import VectorDB

/// `update`: attributes of one record.
enum UpdateCommand {
    private static let attributes = Option(
        "attributes", .text("JSON"), isRequired: true,
        help: "new values by name; null takes a value away, what is not named stays")

    static let command = Command(
        name: "update", summary: "change attributes of a record",
        positionals: [
            .database, Positional(name: "ID", help: "id of the record", completion: .none),
        ],
        options: [attributes],
        notes: [
            "Timestamps are ISO 8601 text, locations {\"lat\":…,\"lon\":…}. The exit code is 1 if "
                + "the record is not there. JSON: updated, the id."
        ],
        example: "vdbtool update photos.vdb 17 --attributes='{\"taken\": \"2024-05-01\"}'",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let id = try arguments.ids(from: 1)[0]
        let database = try Database.writing(arguments)
        let values: [String: AttributeValue]
        do throws(InvalidJSON) {
            let text = arguments.text(attributes) ?? ""
            values = try JSON(Array(text.utf8)).attributes(database.schema)
        } catch {
            throw .usage("option --attributes: \(error.reason)")
        }
        try engine { () throws(VectorDBError) in
            try database.update(id: id, attributes: values)
        }
        try database.finish(console)
        try console.print(
            console.printsJSON ? JSON.members(["updated": .unsigned(id)]).text : "updated \(id)")
        return .done
    }
}
