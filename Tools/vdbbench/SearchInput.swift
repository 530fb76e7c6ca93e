internal import VDBPrimitives
internal import VectorDB

/// What commands that search a given database have in common: queries, true neighbours, settings.
struct SearchInput {
    static let truth = Option(
        "truth", "IVECS",
        help: "the true nearest of each query, nearest first (default: exact search)")
    static let settings = Option(
        "settings", "S,…",
        help: "each a recall to ask for (0.95), lists/candidates (8/40) or exact "
            + "(default 0.9,0.95,0.99)")
    static let limit = Option("limit", "N", help: "queries to use (default all)")
    static let count = Option("count", "N", help: "matches for each query (default 10)")
    static let filters = Option(
        "filters", "FILE", help: "a filter a line, each for one query in their order")
    static let options = [truth, settings, limit, count]

    let database: Database
    let queries: VectorTable
    let count: Int
    /// What each query's matches must match.
    let filters: [Filter?]
    /// What each query should find.
    let truth: [SearchTruth]
    let efforts: [(name: String, effort: Query.Effort)]

    /// Opens the database, the first word of the command line, for reading, so that no thread
    /// works in the background, and reads the queries, the second.
    init(_ arguments: Arguments) throws(BenchFailure) {
        count = try arguments.integer(Self.count, or: 10)
        let limit = try arguments.integer(Self.limit, or: .max)
        database = try Database.reading(arguments.positionals[0])
        queries = try VectorFile.read(arguments.positionals[1], limit: limit)
            .fitting(database.schema)
        filters = try Self.filters(arguments, queryCount: queries.count, database.schema)
        if let path = arguments.text(Self.truth) {
            truth = try SearchTruth.read(path, queryCount: queries.count, count: count)
        } else {
            truth = try SearchTruth.search(
                database,
                Self.prepared(queries, count: count, filters: filters, effort: .exact))
        }
        efforts = try arguments.choices(
            Self.settings, or: ["0.9", "0.95", "0.99"].map { ($0, .recall(Double($0) ?? 1)) },
            Self.effort)
    }

    private static func filters(
        _ arguments: Arguments, queryCount: Int, _ schema: Schema
    ) throws(BenchFailure) -> [Filter?] {
        guard let path = arguments.text(filters) else {
            return [Filter?](repeating: nil, count: queryCount)
        }
        let lines = String(decoding: try TextFile.read(path), as: UTF8.self)
            .split(separator: "\n")
        guard lines.count >= queryCount else {
            throw .badInput("\(path) has \(lines.count) filters for \(queryCount) queries")
        }
        var filters: [Filter?] = []
        for line in lines.prefix(queryCount) {
            do throws(FilterError) {
                filters.append(try Filter(parsing: String(line), schema: schema))
            } catch {
                throw .badInput("\(path): \(error) in \(line)")
            }
        }
        return filters
    }

    /// The queries at one setting.
    ///
    /// - Parameter areFiltered: false for what comes before, so that each filter is new.
    func prepared(_ effort: Query.Effort, areFiltered: Bool = true) -> [Query] {
        let none = [Filter?](repeating: nil, count: queries.count)
        return Self.prepared(
            queries, count: count, filters: areFiltered ? filters : none, effort: effort)
    }

    private static func prepared(
        _ queries: VectorTable, count: Int, filters: [Filter?], effort: Query.Effort
    ) -> [Query] {
        (0..<queries.count).map {
            Query(queries.vector($0), count: count, filter: filters[$0], effort: effort)
        }
    }

    /// The share of the true nearest among what was found for each query.
    func recall(of found: [[Match]]) -> Double {
        let hits = zip(found, truth).reduce(0) { $0 + $1.1.hitCount($1.0) }
        return Double(hits) / Double(truth.reduce(0) { $0 + $1.ids.count })
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
