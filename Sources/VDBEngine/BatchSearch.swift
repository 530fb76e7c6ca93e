internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// What was found for one request of several.
package struct BatchAnswer: Sendable {
    package var records: [FoundRecord]
    package var figures: SearchFigures
}

extension Engine {
    /// The answers to requests that have been checked, each as if it were searched for alone.
    ///
    /// Those that compare all rows read them together; those that go through lists, the centroids.
    package func search(
        _ requests: [SearchRequest], in snapshot: Snapshot
    ) -> [Result<BatchAnswer, EngineError>] {
        let isExact = requests.allSatisfy {
            $0.filter == nil && ($0.effort == .exact || snapshot.stored.models == nil)
        }
        if requests.count > 1, isExact, snapshot.liveCount > 0 {
            do throws(EngineError) {
                return try searchAll(requests, in: snapshot).map { .success($0) }
            } catch {
                return requests.map { _ in .failure(error) }
            }
        }
        let keys = knownKeys(of: requests, in: snapshot)
        return requests.indices.map { index in
            do throws(EngineError) {
                var figures = SearchFigures()
                let records = try search(
                    requests[index], in: snapshot, keys: keys[index], figures: &figures)
                return .success(BatchAnswer(records: records, figures: figures))
            } catch {
                return .failure(error)
            }
        }
    }

    /// What tells the requests that go through the lists which of these are near.
    private func knownKeys(
        of requests: [SearchRequest], in snapshot: Snapshot
    ) -> [Int: KnownKeys] {
        let places = requests.indices.filter {
            requests[$0].filter == nil && requests[$0].effort != .exact
        }
        guard snapshot.liveCount > 0, let models = snapshot.stored.models,
            let keys = KnownKeys.all(of: places.map { requests[$0].vector }, models)
        else { return [:] }
        return Dictionary(uniqueKeysWithValues: zip(places, keys))
    }

    /// Compares all rows with several queries.
    private func searchAll(
        _ requests: [SearchRequest], in snapshot: Snapshot
    ) throws(EngineError) -> [BatchAnswer] {
        let distances = requests.map { ExactDistance(query: $0.vector, shape: shape) }
        var nearest = requests.map {
            TopK(capacity: min($0.count, snapshot.liveCount), bound: $0.within ?? .infinity)
        }
        var figures = SearchFigures()
        for index in requests.indices {
            figures = SearchFigures()
            ExactSearch.searchDelta(
                snapshot, distances[index], filter: nil, into: &nearest[index],
                figures: &figures)
        }
        try storing { () throws(StorageError) in
            try ExactSearch.searchStored(snapshot, distances, into: &nearest)
        }
        figures.reranked += snapshot.stored.rows.count
        var answers: [BatchAnswer] = []
        for found in nearest {
            answers.append(
                BatchAnswer(
                    records: try records(found.sorted(), in: snapshot), figures: figures))
        }
        return answers
    }
}
