internal import VectorDB

/// `backup`: a database as one stream.
enum BackupCommand {
    private static let level = Option(
        "level", .text("N"), help: "compression, 1 (fast) to 19 (small) (default 3)")

    static let command = Command(
        name: "backup", summary: "write all that is acknowledged as one archive",
        positionals: [
            .database, Positional(name: "ARCHIVE", help: "the file to write; - is standard output"),
        ],
        options: [level],
        notes: [
            "One consistent state, beside a process that writes; neither waits for the other. "
                + "Compressed and checksummed. A file has its name only when it is whole and "
                + "durable, and then takes the place of one that was there; what a backup that was "
                + "stopped leaves is called ARCHIVE.new.",
            "JSON: records, position (of the last operation in it), taken, contentBytes, bytes, "
                + "seconds. With - the archive alone goes to standard output.",
        ],
        example: "vdbtool backup photos.vdb photos.archive",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let level = try arguments.integer(level, in: 1...19) ?? 3
        let archive = arguments.positionals[1]
        let database = try Database.reading(arguments)
        let progress = console.progress("backing up", unit: "bytes", total: nil)
        let observer: ProgressObserver = { step, share in
            progress.report(step: step, share: share)
        }
        let clock = Stopwatch()
        let summary: ArchiveSummary
        do {
            summary =
                archive == "-"
                ? try database.backup(toDescriptor: 1, level: level, observer: observer)
                : try database.backup(to: archive, level: level, observer: observer)
        } catch {
            progress.finish()
            throw ToolFailure(error)
        }
        progress.finish()
        try database.finish()
        if archive != "-" { try console.print(summary, "archived", clock.seconds) }
        return .done
    }
}

extension Console {
    /// Prints what an archive holds.
    func print(
        _ summary: ArchiveSummary, _ verb: String, _ seconds: Double
    ) throws(ToolFailure) {
        let taken = AttributeValue.timestamp(summary.takenMicroseconds).text
        guard printsJSON else {
            try print(
                "\(verb) \(summary.liveCount) records as of \(taken), "
                    + "\(byteText(summary.size)) for \(byteText(summary.contentSize)), "
                    + "in \(fixed(seconds, 1)) s")
            return
        }
        try print(
            JSON.members([
                "records": .count(summary.liveCount), "position": .unsigned(summary.position),
                "taken": .string(taken), "contentBytes": .count(summary.contentSize),
                "bytes": .count(summary.size), "seconds": .measured(seconds),
            ]).text)
    }
}
