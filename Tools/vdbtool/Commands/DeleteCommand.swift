internal import VectorDB

/// `delete`: records by id or by filter.
enum DeleteCommand {
    private static let ids = Positional(
        name: "ID", help: "records, unless --where says which", completion: .none,
        isRepeatable: true, isRequired: false)

    static let command = Command(
        name: "delete", summary: "delete records",
        positionals: [.database, ids],
        options: [.filter],
        notes: [
            "All are deleted, or none. Ids that are not there are passed over. "
                + "JSON: deleted, the number of records that were there.",
            "With --where, all records that match are deleted, up to a million at a time; records "
                + "that change meanwhile are left.",
        ],
        example: "vdbtool delete photos.vdb 17 18",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let ids = try arguments.ids(from: 1)
        guard ids.isEmpty == arguments.has(.filter) else {
            throw .usage(
                "delete takes ids or --where, " + (ids.isEmpty ? "one of them" : "not both"))
        }
        let database = try Database.writing(arguments)
        let count: Int
        if let filter = try arguments.filter(database.schema) {
            count = try engine { () throws(VectorDBError) in try database.delete(where: filter) }
        } else {
            count = try engine { () throws(VectorDBError) in try database.delete(ids) }
        }
        try database.finish(console)
        if console.printsJSON {
            try console.print(JSON.members(["deleted": .count(count)]).text)
        } else {
            try console.print("deleted \(count)" + (ids.isEmpty ? "" : " of \(ids.count)"))
        }
        return .done
    }
}
