internal import VDBPrimitives
internal import VectorDB

/// `open`: how long a program waits from opening a database to its first answer.
enum OpenCommand {
    private static let rounds = Option(
        "rounds", "N", help: "times that it is opened (default 20)")

    static let command = Command(
        name: "open", summary: "time to open a database and make the first search",
        positionals: ["DB", "QUERIES"], requiredCount: 2, options: [rounds],
        notes: """
            The files are in the operating system's cache; the memory map is a new one each time,
            so that the first search checks every value that it touches. `first` and `second` are
            searches for two vectors. The private memory is that of this process after the last
            search: not what it shares with the cache.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let count = try arguments.integer(rounds, or: 20)
        let queries = try VectorFile.read(arguments.positionals[1], limit: 2 * count)
        var steps = [("open", Latencies()), ("first", Latencies()), ("second", Latencies())]
        var sums = Latencies()
        var privateSize = 0
        for round in 0..<min(count, queries.count / 2) {
            try library { () throws(VectorDBError) in
                var options = Options()
                options.isReadOnly = true
                let start = Stopwatch()
                let database = try Database.open(at: arguments.positionals[0], options: options)
                let opened = start.seconds
                _ = try database.search(Query(queries.vector(2 * round)))
                let first = start.seconds
                _ = try database.search(Query(queries.vector(2 * round + 1)))
                let second = start.seconds
                for (step, duration) in [opened, first - opened, second - first].enumerated() {
                    steps[step].1.add(duration)
                }
                sums.add(first)
                privateSize = ProcessUsage.privateSize
                try database.close()
            }
        }
        return report(steps + [("open + first", sums)], privateSize: privateSize)
    }

    private static func report(_ steps: [(String, Latencies)], privateSize: Int) -> Report {
        var table = TextTable(header: ["", "p50 µs", "p99 µs", "max µs"])
        for (name, durations) in steps { table.add([name] + durations.cells) }
        return Report(
            lines: table.lines + ["private memory \(shown(Double(privateSize) / 1e6)) MB"],
            json: .members([
                "privateBytes": .integer(privateSize),
                "microseconds": .object(
                    steps.map { JSON.Member(name: $0.0, value: $0.1.json) }),
            ]))
    }
}
