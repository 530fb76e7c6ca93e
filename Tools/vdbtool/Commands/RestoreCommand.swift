internal import VectorDB

/// `restore`: a database from an archive.
enum RestoreCommand {
    static let command = Command(
        name: "restore", summary: "make a database of an archive",
        positionals: [
            Positional(
                name: "ARCHIVE", help: "a file that backup has written; - is standard input"),
            Positional(name: "DB", help: "the directory to make"),
        ],
        notes: [
            "The archive is read to its end and what was made of it is verified before there is "
                + "anything at DB. If anything is wrong (exit code 65), or it is stopped, there is "
                + "nothing. What a restoration that was stopped leaves is called DB.new; the next "
                + "one replaces it.",
            "JSON: as backup prints it.",
        ],
        example: "vdbtool restore photos.archive photos.vdb",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let archive = arguments.positionals[0]
        let path = arguments.positionals[1]
        let progress = console.progress("restoring", unit: "bytes", total: nil)
        let observer: ProgressObserver = { step, share in
            progress.report(step: step, share: share)
        }
        let clock = Stopwatch()
        let summary: ArchiveSummary
        do {
            summary =
                archive == "-"
                ? try Database.restore(fromDescriptor: 0, to: path, observer: observer)
                : try Database.restore(archive, to: path, observer: observer)
        } catch {
            progress.finish()
            let failure = ToolFailure(error)
            // It is the archive that is damaged or foreign, no database.
            throw failure.code == .damaged ? .badInput(failure.message) : failure
        }
        progress.finish()
        try console.print(summary, "restored", clock.seconds)
        return .done
    }
}
