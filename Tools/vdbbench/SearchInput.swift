internal import VDBPrimitives
internal import VectorDB

/// What commands that search a given database have in common: queries, true neighbours, settings.
struct SearchInput {
    static let truth = Option(
        "truth", "IVECS", help: "the true nearest of each query, nearest first; needed")
    static let settings = Option(
        "settings", "S,…",
        help: "each a recall to ask for (0.95), lists/candidates (8/40) or exact "
            + "(default 0.9,0.95,0.99)")
    static let limit = Option("limit", "N", help: "queries to use (default all)")
    static let count = Option("count", "N", help: "matches for each query (default 10)")
    static let options = [truth, settings, limit, count]

    let database: Database
    let queries: VectorTable
    let count: Int
    /// The true `count` nearest of each query.
    let truth: [Set<UInt64>]
    let efforts: [(name: String, effort: Query.Effort)]

    /// Opens the database, the first word of the command line, for reading, so that no thread
    /// works in the background, and reads the queries, the second.
    init(_ arguments: Arguments) throws(BenchFailure) {
        guard let truthPath = arguments.text(Self.truth) else {
            throw .usage("the command needs \(Self.truth.usage)")
        }
        let count = try arguments.integer(Self.count, or: 10)
        let limit = try arguments.integer(Self.limit, or: .max)
        queries = try VectorFile.read(arguments.positionals[1], limit: limit)
        let truth = try VectorFile.readNumbers(truthPath, limit: queries.count).map {
            Set($0.prefix(count))
        }
        guard truth.count == queries.count, truth.allSatisfy({ $0.count == count }) else {
            throw .badInput(
                "cannot compare with \(truthPath): it has not \(queries.count) rows of "
                    + "\(count) or more")
        }
        self.truth = truth
        self.count = count
        efforts = try arguments.choices(
            Self.settings, or: ["0.9", "0.95", "0.99"].map { ($0, .recall(Double($0) ?? 1)) },
            Self.effort)
        database = try Database.reading(arguments.positionals[0])
    }

    /// The queries at one setting.
    func prepared(_ effort: Query.Effort) -> [Query] {
        (0..<queries.count).map { Query(queries.vector($0), count: count, effort: effort) }
    }

    /// The share of the true nearest among what was found for each query.
    func recall(of found: [[Match]]) -> Double {
        var hits = 0
        for (matches, nearest) in zip(found, truth) {
            hits += matches.count { nearest.contains($0.id) }
        }
        return Double(hits) / Double(truth.reduce(0) { $0 + $1.count })
    }

    /// A setting's name and what it means, or nil if it means nothing.
    static func effort(_ text: String) -> (String, Query.Effort)? {
        if text == "exact" { return (text, .exact) }
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map {
            Int($0) ?? 0
        }
        if numbers.count == 2, numbers[0] > 0, numbers[1] > 0 {
            return (text, .manual(probeCount: numbers[0], rerankCount: numbers[1]))
        }
        guard let share = Double(text), share > 0, share <= 1 else { return nil }
        return (text, .recall(share))
    }
}

extension Database {
    /// Opens a database for reading: no thread of it works in the background.
    static func reading(_ path: String) throws(BenchFailure) -> Database {
        try library { () throws(VectorDBError) in
            var options = Options()
            options.isReadOnly = true
            return try Database.open(at: path, options: options)
        }
    }
}
