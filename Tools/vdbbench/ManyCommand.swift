internal import VDBPrimitives
internal import VectorDB

/// `many`: what a database costs a program that has hundreds of them open.
enum ManyCommand {
    private static let databases = Option(
        "databases", "N", help: "databases that are open at once (default 1000)")
    private static let records = Option(
        "records", "N", help: "records in each (default 100)")

    static let command = Command(
        name: "many", summary: "many small databases open in one process",
        positionals: ["DIRECTORY"], requiredCount: 1, options: [databases, records],
        notes: """
            Makes the databases in a directory of its own below DIRECTORY, closes them, opens all
            of them to write with background work on, and searches each once. Memory, address space
            and threads are those of the process while all are open, less what it had before. Each
            database takes about ten file descriptors: raise `ulimit -n`.
            """,
        run: run)

    /// Dimension of the vectors.
    private static let dimension = 64

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let count = try arguments.integer(databases, or: 1000)
        let recordCount = try arguments.integer(records, or: 100)
        let schema = try schema()
        let workspace = try Workspace(in: arguments.positionals[0])
        var (creating, opening, searching) = (Latencies(), Latencies(), Latencies())
        for number in 0..<count {
            let start = Stopwatch()
            try library { () throws(VectorDBError) in
                try make(schema, workspace.path(of: "\(number)"), recordCount: recordCount)
            }
            creating.add(start.seconds)
        }
        let before = Footprint()
        var open: [Database] = []
        for number in 0..<count {
            let start = Stopwatch()
            try library { () throws(VectorDBError) in
                open.append(try Database.open(at: workspace.path(of: "\(number)")))
            }
            opening.add(start.seconds)
        }
        for database in open {
            let start = Stopwatch()
            try library { () throws(VectorDBError) in
                _ = try database.search(Query(vector(7)))
            }
            searching.add(start.seconds)
        }
        let cost = Footprint().difference(from: before)
        for database in open {
            try library { () throws(VectorDBError) in try database.close() }
        }
        return report(
            [("create", creating), ("open", opening), ("first search", searching)], cost,
            count: count)
    }

    private static func make(
        _ schema: Schema, _ path: String, recordCount: Int
    ) throws(VectorDBError) {
        var options = Options()
        options.isAutomatic = false
        options.durability = .operatingSystem
        let database = try Database.create(at: path, schema: schema, options: options)
        try database.insert(
            (0..<recordCount).map { Record(id: UInt64($0), vector: vector($0)) })
        try database.close()
    }

    private static func schema() throws(BenchFailure) -> Schema {
        do throws(SchemaError) {
            return try Schema(dimension: dimension)
        } catch {
            throw .usage("\(error)")
        }
    }

    private static func vector(_ number: Int) -> Vector {
        Vector((0..<dimension).map { Float((number &* 31 &+ $0 &* 17) % 251) })
    }

    private static func report(
        _ steps: [(String, Latencies)], _ cost: Footprint, count: Int
    ) -> Report {
        var table = TextTable(header: ["", "p50 µs", "p99 µs", "max µs"])
        for (name, durations) in steps { table.add([name] + durations.cells) }
        let each = Double(max(count, 1))
        let lines = [
            "per database: \(shown(Double(cost.privateSize) / each / 1e3)) KB of private memory, "
                + "\(shown(Double(cost.addressSpace) / each / 1e6)) MB of address space, "
                + "\(shown(Double(cost.threadCount) / each)) threads"
        ]
        return Report(
            lines: table.lines + lines,
            json: .members([
                "databases": .integer(count),
                "privateBytes": .integer(cost.privateSize),
                "addressSpaceBytes": .integer(cost.addressSpace),
                "threads": .integer(cost.threadCount),
                "microseconds": .object(
                    steps.map { JSON.Member(name: $0.0, value: $0.1.json) }),
            ]))
    }
}

/// What the operating system says of this process.
private struct Footprint {
    var privateSize = ProcessUsage.privateSize
    var addressSpace = ProcessUsage.addressSpace
    var threadCount = ProcessUsage.threadCount

    func difference(from earlier: Footprint) -> Footprint {
        var difference = self
        difference.privateSize -= earlier.privateSize
        difference.addressSpace -= earlier.addressSpace
        difference.threadCount -= earlier.threadCount
        return difference
    }
}
