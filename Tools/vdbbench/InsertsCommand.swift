internal import VDBPrimitives
internal import VectorDB

/// `inserts`: acknowledged inserts per second, beside what the disk allows.
enum InsertsCommand {
    static let threads = Option(
        "threads", "N,…", help: "numbers of inserting threads (default 1,8,32)")
    static let durability = Option(
        "durability", "NAME,…",
        help: "of every-commit, interval (100 ms), operating-system (default: all)")
    static let batch = Option("batch", "N", help: "records per call (default 1)")
    private static let rounds = Option(
        "rounds", "N", help: "parts that each time is cut into, taking turns (default 10)")

    static let command = Command(
        name: "inserts", summary: "acknowledged inserts per second, beside the disk's own rate",
        positionals: ["FILE"],
        options: [
            threads, durability, .seconds, batch, rounds, .manual, .dimension, .seed, .directory,
        ],
        notes: """
            Each line is one durability and number of threads. In turns with ours, in the same
            directory, the disk alone is measured: pwrite of one record's bytes and fdatasync, and
            the same with 32 records per sync. `of disk` is our rate by the disk's: by that of
            single syncs for one thread, by that of 32 records per sync for more, where it says
            something only with every-commit. Latency is that of a call. `cpu` is processor time of
            all threads per record, background included unless --manual, and of the disk alone per
            sync; peak memory is the process's, the vectors to insert included. A background that
            writes gigabytes slows the disk for the lines after it: --manual, or one durability a
            run, for figures of one thing.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let vectors = try arguments.vectors()
        let threadCounts = try arguments.integers(threads, or: [1, 8, 32])
        let durabilities = try arguments.choices(
            durability, or: NamedDurability.all, NamedDurability.init(named:))
        var run = InsertRun(
            vectors: vectors,
            batchSize: try arguments.integer(batch, or: 1),
            seconds: try arguments.seconds(or: 5),
            roundCount: try arguments.integer(rounds, or: 10),
            isAutomatic: !arguments.has(.manual),
            workspace: try Workspace(in: arguments.text(.directory) ?? "."))
        try run.measureRecordSize()
        var results: [InsertRun.Result] = []
        for durability in durabilities {
            for threadCount in threadCounts {
                results.append(try run.measure(durability, threadCount: threadCount))
            }
        }
        return report(results, run)
    }

    private static func report(_ results: [InsertRun.Result], _ run: InsertRun) -> Report {
        var table = TextTable(header: [
            "durability", "threads", "records/s", "of disk", "syncs/s", "records/sync", "p50 µs",
            "p99 µs", "max µs", "cpu µs", "disk 1/s", "cpu µs", "disk 32/s", "peak MiB",
        ])
        for result in results {
            table.add(
                [
                    result.durability.name, String(result.threadCount),
                    shown(result.recordsPerSecond), shown(result.shareOfDisk),
                    shown(result.syncsPerSecond),
                    result.syncCount == 0 ? "–" : shown(result.recordsPerSync),
                ] + result.outcome.calls.cells + [
                    shown(result.processorMicroseconds), shown(result.single.recordsPerSecond),
                    shown(result.single.processorMicrosecondsPerSync),
                    shown(result.grouped.recordsPerSecond),
                    shown(Double(result.peakResidentSize) / 1_048_576),
                ])
        }
        let vectors = run.vectors
        let title =
            "\(vectors.dimension) × \(vectors.element.name), \(run.recordSize) bytes in the log, "
            + "\(run.batchSize) per call"
        return Report(
            lines: [title, ""] + table.lines,
            json: .members([
                "dimension": .integer(vectors.dimension),
                "element": .string(vectors.element.name),
                "batch": .integer(run.batchSize),
                "automatic": .string(run.isAutomatic ? "yes" : "no"),
                "bytesPerRecord": .integer(run.recordSize),
                "runs": .array(results.map(\.json)),
            ]))
    }
}

extension Arguments {
    /// The vectors of FILE, or random ones.
    func vectors() throws(BenchFailure) -> VectorTable {
        if let path = positionals.first { return try VectorFile.read(path, limit: 100_000) }
        return .random(
            4096, dimension: try integer(.dimension, or: 784),
            seed: UInt64(try integer(.seed, from: 0, or: 1)))
    }
}
