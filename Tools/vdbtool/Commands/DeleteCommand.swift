internal import VectorDB

/// `delete`: records by id.
enum DeleteCommand {
    static let command = Command(
        name: "delete", summary: "delete records",
        positionals: [.database, .ids],
        notes: [
            "All are deleted, or none. Ids that are not there are passed over. "
                + "JSON: deleted, the number of records that were there."
        ],
        example: "vdbtool delete photos.vdb 17 18",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let ids = try arguments.ids(from: 1)
        let database = try Database.writing(arguments)
        let count = try engine { () throws(VectorDBError) in try database.delete(ids) }
        try database.finish()
        try console.print(
            console.printsJSON
                ? JSON.members(["deleted": .count(count)]).text
                : "deleted \(count) of \(ids.count)")
        return .done
    }
}
