internal import VDBFilters
internal import VDBPrimitives
internal import VectorDB

/// `amend`: updates of attributes alone, or of whole records with the same attributes.
enum AmendCommand {
    private static let count = Option("count", "N", help: "updates (default 100000)")
    private static let batch = Option("batch", "N", help: "updates in one call (default 100)")
    private static let whole = Option("whole", help: "write the whole records anew")

    static let command = Command(
        name: "amend", summary: "the cost of updates of attributes",
        positionals: ["DB"], requiredCount: 1,
        options: [count, batch, whole, .seed],
        notes: """
            Changes the database: ids 0, 1 … are taken for its records, drawn at random, and their
            times and places for random ones. Ends when everything is in the tables. `written` are
            bytes that the process handed to the operating system, log and tables, `log` those of
            the log alone.
            """,
        run: run)

    private struct Result {
        var count = 0
        var acknowledgedSeconds = 0.0
        var seconds = 0.0
        var processorSeconds = 0.0
        var logSize = 0
        var writtenSize = 0
        var dead = 0
        var grown = 0
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let count = try arguments.integer(count, or: 100_000)
        let batch = try arguments.integer(batch, or: 100)
        let isWhole = arguments.has(whole)
        var random = RandomSource(seed: UInt64(try arguments.integer(.seed, from: 0, or: 1)))
        var result = Result()
        try library { () throws(VectorDBError) in
            let database = try Database.open(at: arguments.positionals[0])
            let before = try database.statistics()
            let idCount = before.liveCount
            let writtenBefore = ProcessUsage.writtenSize
            let usedBefore = ProcessUsage.processorSeconds
            let watch = Stopwatch()
            var lastSize = before.logSize
            for start in stride(from: 0, to: count, by: batch) {
                let changes = (start..<min(start + batch, count)).map { _ in
                    change(random.next(below: idCount), database.schema, isWhole, &random)
                }
                try database.write(changes)
                let now = logSize(of: arguments.positionals[0])
                result.logSize += max(0, now - lastSize)
                lastSize = now
            }
            result.acknowledgedSeconds = watch.seconds
            try database.checkpoint()
            result.seconds = watch.seconds
            result.processorSeconds = ProcessUsage.processorSeconds - usedBefore
            result.writtenSize = ProcessUsage.writtenSize - writtenBefore
            let after = try database.statistics()
            result.dead = after.deadCount - before.deadCount
            result.grown = after.dataSize - before.dataSize
            try database.close()
        }
        result.count = count
        return report(result)
    }

    /// Bytes of the segments that there are.
    private static func logSize(of path: String) -> Int {
        let names = (try? FileSystem.names(in: path + "/log")) ?? []
        return names.reduce(0) { $0 + ((try? FileSystem.size(path + "/log/" + $1)) ?? 0) }
    }

    private static func change(
        _ id: Int, _ schema: Schema, _ isWhole: Bool, _ random: inout RandomSource
    ) -> Change {
        var values: [String: AttributeValue] = [:]
        for attribute in schema.attributes {
            switch attribute.type {
            case .timestamp:
                values[attribute.name] = .timestamp(
                    Int64(random.next(below: 1 << 31)) * 1_000_000)
            case .location:
                values[attribute.name] = .location(
                    Location(
                        latitude: Double(random.nextUnit()) * 180 - 90,
                        longitude: Double(random.nextUnit()) * 360 - 180))
            default: break
            }
        }
        return .update(id: UInt64(id), attributes: values, payload: isWhole ? .remove : .keep)
    }

    private static func report(_ result: Result) -> Report {
        var table = TextTable(header: ["", "", "per update"])
        let each = 1 / Double(result.count)
        for (name, value) in [
            ("acknowledged, seconds", result.acknowledgedSeconds),
            ("in the tables, seconds", result.seconds),
            ("processor, seconds", result.processorSeconds),
            ("log, bytes", Double(result.logSize)),
            ("written, bytes", Double(result.writtenSize)),
            ("dead rows", Double(result.dead)),
            ("file grown by, bytes", Double(result.grown)),
        ] { table.add([name, shown(value), shown(value * each)]) }
        return Report(
            lines: table.lines,
            json: .members([
                "count": .integer(result.count),
                "acknowledgedSeconds": .measured(result.acknowledgedSeconds),
                "seconds": .measured(result.seconds),
                "cpuSeconds": .measured(result.processorSeconds),
                "logBytes": .integer(result.logSize),
                "writtenBytes": .integer(result.writtenSize),
                "deadRows": .integer(result.dead), "grownBytes": .integer(result.grown),
            ]))
    }
}
