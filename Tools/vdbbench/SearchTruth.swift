internal import VectorDB

/// What a search should find for one query.
struct SearchTruth {
    let ids: Set<UInt64>
    /// The distance of the last of them, if it is known: whatever is as near is as good.
    var lastDistance: Float?

    /// Matches that are among the nearest, at most as many as these are.
    func hitCount(_ matches: [Match]) -> Int {
        let hits = matches.count { match in
            ids.contains(match.id) || lastDistance.map { match.distance <= $0 } ?? false
        }
        return min(hits, ids.count)
    }

    /// Reads the truth of all queries from a file.
    static func read(
        _ path: String, queryCount: Int, count: Int
    ) throws(BenchFailure) -> [SearchTruth] {
        let truth = try VectorFile.readNumbers(path, limit: queryCount).map {
            SearchTruth(ids: Set($0.prefix(count)))
        }
        guard truth.count == queryCount, truth.allSatisfy({ $0.ids.count == count }) else {
            throw .badInput(
                "cannot compare with \(path): it has not \(queryCount) rows of \(count) or more")
        }
        return truth
    }

    /// Finds the truth of all queries by exact search.
    static func search(
        _ database: Database, _ queries: [Query]
    ) throws(BenchFailure) -> [SearchTruth] {
        try library { () throws(VectorDBError) in
            var truth: [SearchTruth] = []
            for query in queries {
                let matches = try database.search(query)
                truth.append(
                    SearchTruth(
                        ids: Set(matches.map(\.id)), lastDistance: matches.last?.distance))
            }
            return truth
        }
    }
}
