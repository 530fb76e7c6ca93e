internal import Synchronization
internal import VDBPrimitives
internal import VectorDB

/// Runs all queries of a file and compares what is found with the truth.
struct Evaluation: Sendable {
    let database: Database
    let queries: [Vector]
    let count: Int
    let filter: Filter?
    var effort: Query.Effort
    let threadCount: Int
    let repetitionCount: Int
    /// One per query.
    var truth: [Truth] = []
    /// The records that the queries are vectors of, which are left out of their own answers; none
    /// if they come from a file.
    var ownIDs: [UInt64] = []

    /// Queries searched exactly in one call, between which progress is shown.
    private static let batchCount = 256

    /// What should be found for one query.
    struct Truth: Sendable {
        /// At most `count`.
        let ids: Set<UInt64>
        /// The greatest distance among them, if it is known.
        var lastDistance: Float?

        /// The share that was found; 1 where there is nothing to find.
        func recall(of matches: [Match]) -> Double {
            guard !ids.isEmpty else { return 1 }
            var found: Set<UInt64> = []
            for match in matches {
                let isTied = lastDistance.map { match.distance <= $0 } ?? false
                if isTied || ids.contains(match.id) { found.insert(match.id) }
            }
            return Double(min(found.count, ids.count)) / Double(ids.count)
        }
    }

    /// What came of all searches.
    struct Measured: Sendable {
        var recallSum = 0.0
        /// Of each search.
        var latencies: [Double] = []
        var returned = 0
        var minimumReturned = Int.max
        var probes = 0
        var scanned = 0
        var reranked = 0
        var threadCount = 1

        var recall: Double { recallSum / Double(latencies.count) }

        /// Searches by the time that each thread spent searching.
        var queriesPerSecond: Double {
            let total = latencies.reduce(0, +)
            return total > 0 ? Double(latencies.count * threadCount) / total : 0
        }

        /// Microseconds within which a share of the searches ended; `latencies` are sorted.
        func latency(_ share: Double) -> Double {
            let rank = (share * Double(latencies.count)).rounded(.up)
            return latencies[min(max(Int(rank) - 1, 0), latencies.count - 1)] * 1e6
        }

        /// A sum as mean per search.
        func mean(_ sum: Int) -> Double { Double(sum) / Double(latencies.count) }
    }

    /// Finds the truth by exact search under the same filter, on all processors.
    func exactAnswers(_ progress: Progress) throws(ToolFailure) -> [Truth] {
        defer { progress.finish() }
        var found: [Truth] = []
        for start in stride(from: 0, to: queries.count, by: Self.batchCount) {
            let batch = (start..<min(start + Self.batchCount, queries.count)).map {
                query($0, .exact)
            }
            let answers = try engine(input: .file) { () throws(VectorDBError) in
                try database.search(batch)
            }
            for answer in answers {
                let matches = others(answer, than: found.count)
                found.append(
                    Truth(ids: Set(matches.map(\.id)), lastDistance: matches.last?.distance))
            }
            progress.report(found.count)
        }
        return found
    }

    /// Runs all searches and times each on its own.
    func measure(_ progress: Progress) throws(ToolFailure) -> Measured {
        defer { progress.finish() }
        let total = Mutex(Measured())
        try forEach(
            queries.count * repetitionCount, threads: threadCount, progress
        ) { (number) throws(VectorDBError) in
            let index = number % queries.count
            let query = query(index, effort)
            var statistics = SearchStatistics()
            let clock = Stopwatch()
            let found = try database.search(query, statistics: &statistics)
            let seconds = clock.seconds
            let matches = others(found, than: index)
            let recall = truth[index].recall(of: matches)
            total.withLock { total in
                total.recallSum += recall
                total.latencies.append(seconds)
                total.returned += matches.count
                total.minimumReturned = min(total.minimumReturned, matches.count)
                total.probes += statistics.probes
                total.scanned += statistics.scanned
                total.reranked += statistics.reranked
            }
        }
        return total.withLock { total in
            total.threadCount = threadCount
            total.latencies.sort()
            return total
        }
    }

    private func query(_ index: Int, _ effort: Query.Effort) -> Query {
        Query(
            queries[index], count: askedCount, filter: filter, effort: effort)
    }

    /// Matches that a search asks for: not one more where the query is among them, which would
    /// make the search another one, as work is measured out in tens of matches.
    private var askedCount: Int { ownIDs.isEmpty ? count : max(count, 2) }

    /// The matches without the record that is the query, one less.
    private func others(_ matches: [Match], than index: Int) -> [Match] {
        guard !ownIDs.isEmpty else { return matches }
        return Array(matches.filter { $0.id != ownIDs[index] }.prefix(askedCount - 1))
    }

    /// Runs `body(0) … body(count − 1)`; each thread takes the next index when it is free.
    private func forEach(
        _ count: Int, threads: Int, _ progress: Progress,
        _ body: @Sendable (Int) throws(VectorDBError) -> Void
    ) throws(ToolFailure) {
        let failure = Mutex<ToolFailure?>(nil)
        let done = SharedCounter()
        parallelFor(count, threads: threads) { index in
            guard failure.withLock({ $0 == nil }) else { return }
            do throws(VectorDBError) {
                try body(index)
                progress.report(done.increment() + 1)
            } catch {
                failure.withLock { $0 = ToolFailure(error, input: .file) }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
