internal import VectorDB

/// `recluster`: maintenance to completion.
enum ReclusterCommand {
    private static let full = Option(
        "full", help: "train new centroids and codebooks, even if the old ones still fit")

    private static let lists = Option(
        "lists", .text("N"),
        help: "train so many lists, rather than a number that follows the records; goes with --full"
    )

    static let command = Command(
        name: "recluster", summary: "do all maintenance that is due now",
        positionals: [.database],
        options: [full, lists],
        notes: [
            "Moves the log into the tables, gives back the space of dead rows, splits and merges "
                + "lists, and trains the index if it is time to; with --full in any case. Ctrl-C "
                + "stops it (exit code 130); what was done is kept.",
            "The number given by --lists is for this time: maintenance later on splits and merges "
                + "lists as if it had been derived.",
            "JSON: before and after, with the members of info, and seconds.",
        ],
        example: "vdbtool recluster photos.vdb",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let listCount = try arguments.integer(lists, in: 1...1 << 20)
        if listCount != nil, !arguments.has(full) {
            throw .usage("option --lists means training anew: add --full")
        }
        let database = try Database.writing(arguments, listCount: listCount)
        Interruption.beginWatching()
        let before = try database.figures()
        let seconds = try database.maintain(
            console, isFull: arguments.has(full)
        ) { _ in
            console.complain("stopped; vdbtool recluster goes on")
        }
        let after = try database.figures()
        try database.finish()
        if console.printsJSON {
            try console.print(
                JSON.members([
                    "before": InfoCommand.json(before, database.schema),
                    "after": InfoCommand.json(after, database.schema),
                    "seconds": .measured(seconds),
                ]).text)
            return .done
        }
        var table = TextTable(
            header: ["", "before", "after"], alignments: [.left, .right, .right])
        for (old, new) in zip(InfoCommand.figures(before), InfoCommand.figures(after)) {
            table.add([old.name, old.value, new.value])
        }
        for line in table.lines { try console.print(line) }
        return .done
    }
}
