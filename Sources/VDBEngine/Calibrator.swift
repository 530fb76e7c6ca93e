internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Finds out how many lists and candidates give which recall.
///
/// Queries are rows of the collection itself, each left out of its own answer. For every number of
/// lists one scan gives the candidates in the order of their estimates; their exact rank among the
/// true neighbours then gives the recall for every number of candidates. Of all pairs those are
/// kept that no cheaper one beats, by a model of the cost: timing would make the result depend on
/// the machine's mood.
struct Calibrator: Sendable {
    /// The rows, with the models that are in force so far.
    let snapshot: Snapshot
    /// The tables with the lists of the new models.
    let trial: StoredState
    let models: Models
    let seed: UInt64
    let threadCount: Int

    private static let queryCount = 200
    private static let matchCount = 10
    private static let rerankCounts = [
        10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512,
    ]

    /// Number of true neighbours found, by number of lists, then by number of candidates.
    private typealias Hits = [[Int]]

    /// The pairs worth using, by rising recall and cost.
    func points() throws(StorageError) -> [OperatingPoint] {
        var random = RandomSource(seed: seed &+ 2)
        let rows = random.sample(Self.queryCount, below: snapshot.stored.rows.count)
            .map { UInt32($0) }.filter { !snapshot.dead.contains($0) }
        guard !rows.isEmpty else { return [] }
        let probes = probeCounts
        let results = Monitor<[Result<Hits, StorageError>]>([])
        parallelFor(rows.count, threads: threadCount) { index in
            let result: Result<Hits, StorageError>
            do throws(StorageError) {
                result = .success(try hits(of: rows[index], probes))
            } catch {
                result = .failure(error)
            }
            results.update { $0.append(result) }
        }
        var sums = probes.map { _ in Self.rerankCounts.map { _ in 0 } }
        for result in results.read({ $0 }) {
            let hits = try result.get()
            for probe in hits.indices {
                for rerank in hits[probe].indices { sums[probe][rerank] += hits[probe][rerank] }
            }
        }
        let truthCount = min(Self.matchCount, max(snapshot.liveCount - 1, 1))
        return frontier(sums, probes, queryCount: rows.count * truthCount)
    }

    /// 1, 2, 3, 4, 6, 8, 12 … up to all lists.
    private var probeCounts: [Int] {
        var counts: [Int] = []
        var next = 1
        while next < models.centroids.count {
            counts.append(next)
            if next >= 2, next * 3 / 2 < models.centroids.count { counts.append(next * 3 / 2) }
            next *= 2
        }
        return counts + [models.centroids.count]
    }

    private func hits(of row: UInt32, _ probes: [Int]) throws(StorageError) -> Hits {
        let stored = snapshot.stored.rows
        var query = [Float](repeating: 0, count: stored.shape.dimension)
        ConversionKernel.decode(
            stored.shape.element, try stored.vector(row), count: query.count, into: &query)
        let distance = ExactDistance(query: query, shape: stored.shape)
        let scratch = SearchScratch()
        var figures = SearchFigures()
        var nearest = TopK(capacity: Self.matchCount + 1)
        try ExactSearch.searchStored(
            snapshot, distance, filter: nil, scratch: scratch, into: &nearest, figures: &figures)
        let truth = Set(
            nearest.sorted().map(\.row).filter { $0 != row }.prefix(Self.matchCount))
        let view = Snapshot(
            stored: trial, delta: Delta(start: trial.rows.count, shape: stored.shape),
            dead: snapshot.dead, keywords: snapshot.keywords, position: snapshot.position)
        guard let lists = trial.lists, let deepest = Self.rerankCounts.last else { return [] }
        var hits: Hits = []
        for probe in probes {
            let search = ListSearch(
                snapshot: view, models: models, lists: lists, distance: distance, filter: nil,
                depth: SearchDepth(probeCount: probe, rerankCount: deepest + 1),
                scratch: scratch)
            try search.collect(matchCount: 1, figures: &figures)
            let count = try search.findRows()
            let rows = (0..<count).map { scratch.rows.start[$0] }.filter { $0 != row }
            var found = 0
            var next = 0
            hits.append(
                Self.rerankCounts.map { count in
                    while next < min(count, rows.count) {
                        if truth.contains(rows[next]) { found += 1 }
                        next += 1
                    }
                    return found
                })
        }
        return hits
    }

    private func frontier(
        _ hits: Hits, _ probes: [Int], queryCount: Int
    ) -> [OperatingPoint] {
        var all: [(cost: Double, point: OperatingPoint)] = []
        for (probe, counts) in zip(probes, hits) {
            for (rerank, count) in zip(Self.rerankCounts, counts) {
                let point = OperatingPoint(
                    recall: Float(count) / Float(queryCount), probeCount: probe,
                    rerankCount: rerank)
                all.append((cost(probe, rerank), point))
            }
        }
        all.sort { $0.cost < $1.cost }
        var kept: [OperatingPoint] = []
        for (_, point) in all where point.recall > kept.last?.recall ?? 0 { kept.append(point) }
        return kept
    }

    /// Nanoseconds, roughly: memory traffic of scan and rerank, and a fixed price for each list and
    /// candidate.
    private func cost(_ probeCount: Int, _ rerankCount: Int) -> Double {
        let shape = models.quantizer.shape
        let codeSize = Double(shape.subspaceCount * shape.bitsPerSubspace) / 8
        let meanLength = Double(snapshot.liveCount) / Double(models.centroids.count)
        let perList = 100 + meanLength * (0.4 + codeSize * 0.05)
        let perCandidate = 40 + Double(trial.rows.shape.vectorSize) * 0.06
        return Double(probeCount) * perList + Double(rerankCount) * perCandidate
    }
}
