internal import VectorDB

/// `checkpoint`: the log into the tables.
enum CheckpointCommand {
    static let command = Command(
        name: "checkpoint", summary: "move the log into the tables",
        positionals: [.database],
        notes: ["JSON: moved (rows that were in the log), seconds."],
        example: "vdbtool checkpoint photos.vdb",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let database = try Database.writing(arguments)
        let rowCount = try database.figures().inLogCount
        let clock = Stopwatch()
        try engine { () throws(VectorDBError) in try database.checkpoint() }
        let seconds = clock.seconds
        try database.finish()
        try console.print(
            console.printsJSON
                ? JSON.members(["moved": .count(rowCount), "seconds": .measured(seconds)]).text
                : "moved \(rowCount) rows in \(fixed(seconds, 1)) s")
        return .done
    }
}
