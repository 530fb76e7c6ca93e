internal import VDBPrimitives
internal import VectorDB

/// `mixed`: how long searches take while the database is written.
enum MixedCommand {
    private static let recall = Option(
        "recall", "SHARE", help: "asked of every search (default 0.95)")
    private static let limit = Option("limit", "N", help: "vectors of FILE to use (default all)")

    static let command = Command(
        name: "mixed", summary: "latency of searches, idle and beside inserts and background work",
        positionals: ["FILE"], requiredCount: 1,
        options: [recall, limit, .seconds, .directory],
        notes: """
            One thread searches for the last vectors of FILE, which are held back, in a database of
            the others, one query at a time. Beside it, in turn: nothing; a thread that inserts one
            record per call at full speed, at each durability, with the background work that this
            brings about; checkpoints of 5000 records, counting only the searches during them; a
            training of the whole index.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let all = try VectorFile.read(
            arguments.positionals[0], limit: try arguments.integer(limit, from: 2, or: .max))
        let text = arguments.text(recall) ?? "0.95"
        guard let share = Double(text), share > 0, share <= 1 else {
            throw .usage("option --recall is \(text), not a number over 0 and up to 1")
        }
        let queryCount = max(1, min(1000, all.count / 10))
        let run = MixedRun(
            vectors: all.slice(0..<all.count - queryCount),
            queries: all.slice(all.count - queryCount..<all.count), recall: share,
            seconds: try arguments.seconds(or: 5),
            workspace: try Workspace(in: arguments.text(.directory) ?? "."))
        try run.build()
        return report(
            [
                try run.idle(),
                try run.inserting(.everyCommit),
                try run.inserting(.operatingSystem),
                try run.checkpointing(),
                try run.training(),
            ], run)
    }

    private static func report(_ phases: [MixedRun.Phase], _ run: MixedRun) -> Report {
        var table = TextTable(header: [
            "beside", "searches/s", "p50 µs", "p99 µs", "max µs", "inserts/s", "records after",
        ])
        for phase in phases {
            table.add(
                [phase.name, shown(phase.searchesPerSecond)] + phase.searches.cells
                    + [
                        phase.insertsPerSecond.map(shown) ?? "–",
                        String(phase.recordCount),
                    ])
        }
        let vectors = run.vectors
        let title =
            "\(vectors.count) × \(vectors.dimension) × \(vectors.element.name), "
            + "recall \(run.recall)"
        return Report(
            lines: [title, ""] + table.lines,
            json: .members([
                "records": .integer(vectors.count), "dimension": .integer(vectors.dimension),
                "element": .string(vectors.element.name), "recall": .double(run.recall),
                "phases": .array(phases.map(\.json)),
            ]))
    }
}
