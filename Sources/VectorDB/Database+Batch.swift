internal import VDBEngine
internal import VDBPrimitives

extension Database {
    /// The answers to several queries, in their order, found on several threads.
    ///
    /// All of them see the same state, that of the call. The threads live only as long as the call;
    /// the calling one is among them. If queries fail, the error is that of the first of them.
    ///
    /// - Parameter threads: 1 … 1024; nil takes all processors.
    public func search(
        _ queries: [Query], threads: Int? = nil
    ) throws(VectorDBError) -> [[Match]] {
        var statistics: [SearchStatistics] = []
        return try search(queries, threads: threads, statistics: &statistics)
    }

    /// The same, and what each took.
    public func search(
        _ queries: [Query], threads: Int? = nil, statistics: inout [SearchStatistics]
    ) throws(VectorDBError) -> [[Match]] {
        let batch = try explaining("search") { () throws(EngineError) in
            if let threads { try Options.check("threads", threads, 1...1024) }
            return QueryBatch(database: self, engine: try engine, queries: queries)
        }
        let answers = try batch.run(threads: threads ?? Platform.processorCount)
        statistics = answers.map(\.statistics)
        return answers.map(\.matches)
    }
}

/// Queries that are answered together.
private struct QueryBatch: Sendable {
    let database: Database
    let engine: Engine
    let queries: [Query]

    struct Answer: Sendable {
        var matches: [Match] = []
        var statistics = SearchStatistics()
    }

    /// The first failure by the order of the queries.
    private struct Failure: Sendable {
        let index: Int
        let error: VectorDBError
    }

    /// Queries that a thread takes at a time: exact searches share what they read.
    private static let runLength = 16

    func run(threads: Int) throws(VectorDBError) -> [Answer] {
        let snapshot = try explaining("search") { () throws(EngineError) in
            try engine.latestSnapshot()
        }
        let requests = try requests()
        var answers = [Answer](repeating: Answer(), count: queries.count)
        let failure = Monitor<Failure?>(nil)
        answers.withUnsafeMutableBufferPointer { slots in
            // Each query writes its own slot.
            nonisolated(unsafe) let slots = slots
            let length = max(1, min(Self.runLength, queries.count / (4 * threads)))
            parallelFor((queries.count + length - 1) / length, threads: threads) { run in
                let part = run * length..<min((run + 1) * length, queries.count)
                let results = engine.search(Array(requests[part]), in: snapshot)
                for (index, result) in zip(part, results) {
                    do throws(VectorDBError) {
                        slots[index] = try answer(index, result, snapshot)
                    } catch {
                        failure.update { first in
                            guard index < first?.index ?? .max else { return }
                            first = Failure(index: index, error: error)
                        }
                    }
                }
            }
        }
        if let failure = failure.read({ $0 }) { throw failure.error }
        return answers
    }

    private func requests() throws(VectorDBError) -> [SearchRequest] {
        var requests: [SearchRequest] = []
        requests.reserveCapacity(queries.count)
        for (index, query) in queries.enumerated() {
            requests.append(
                try explaining("search for query \(index)") { () throws(EngineError) in
                    let request = try database.request(query)
                    try engine.check(request)
                    return request
                })
        }
        return requests
    }

    private func answer(
        _ index: Int, _ result: Result<BatchAnswer, EngineError>, _ snapshot: Snapshot
    ) throws(VectorDBError) -> Answer {
        try explaining("search for query \(index)") { () throws(EngineError) in
            let answer = try result.get()
            return Answer(
                matches: try database.matches(
                    answer.records, queries[index], engine, in: snapshot),
                statistics: SearchStatistics(answer.figures))
        }
    }
}
