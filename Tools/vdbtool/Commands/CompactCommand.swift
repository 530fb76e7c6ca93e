internal import VectorDB

/// `compact`: the space of the dead back to the file system.
enum CompactCommand {
    private static let into = Option(
        "into", .text("NEW"),
        help: "make a dense copy, a database of its own, instead of replacing the tables")

    static let command = Command(
        name: "compact", summary: "give back the space of deleted records",
        positionals: [.database],
        options: [into],
        notes: [
            "Reclaims the space of dead rows within the tables, writes a dense copy of them beside "
                + "and puts it in their place at once. Processes that read go on, and so does what "
                + "is deleted or inserted by others later. It needs room for the copy.",
            "JSON: before and after (bytes of the tables and the log), seconds.",
        ],
        example: "vdbtool compact photos.vdb",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let database = try Database.writing(arguments)
        let before = try database.figures()
        let progress = console.progress("compacting", unit: "steps", total: nil)
        let clock = Stopwatch()
        let target = arguments.text(into)
        try engine { () throws(VectorDBError) in
            if let target {
                try database.compact(into: target) { progress.report(step: $0, share: $1) }
            } else {
                try database.compact { progress.report(step: $0, share: $1) }
            }
        }
        progress.finish()
        let seconds = clock.seconds
        let after: Statistics
        if let target {
            let copy = try engine { () throws(VectorDBError) in
                try Database.open(at: target, options: reading)
            }
            after = try copy.figures()
            try copy.finish()
        } else {
            after = try database.figures()
        }
        try database.finish()
        try console.print(
            console.printsJSON
                ? JSON.members([
                    "before": size(before), "after": size(after), "seconds": .measured(seconds),
                ]).text
                : "\(byteText(before.dataSize)) before, \(byteText(after.dataSize)) after, in "
                    + "\(fixed(seconds, 1)) s")
        return .done
    }

    private static var reading: Options {
        var options = Options()
        options.isReadOnly = true
        return options
    }

    private static func size(_ statistics: Statistics) -> JSON {
        .members(["data": .count(statistics.dataSize), "log": .count(statistics.logSize)])
    }
}
