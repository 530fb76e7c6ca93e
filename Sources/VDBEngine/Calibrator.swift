internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Finds out how far a search must go for which recall.
///
/// Queries are rows of the collection itself, each left out of its own answer. One search that goes
/// far tells what every shorter one would have found (`ProbeTrace`): for every bound on the
/// distance of lists, or number of lists where there is no such bound, and every number of
/// candidates. Of all pairs those are kept that no cheaper one beats, by a model of the cost:
/// timing would make the result depend on the machine's mood.
///
/// The true neighbours of the first queries are found by comparing all rows. Nearly always they all
/// are among the best thousand candidates of the lists; then those of the other queries are looked
/// for there, which costs a third or less. The first queries go through nearly all lists too, the
/// others somewhat further than any pair that was worth keeping for the first.
struct Calibrator: Sendable {
    /// The rows, with the models that are in force so far.
    let snapshot: Snapshot
    /// The tables with the lists of the new models.
    let trial: StoredState
    let models: Models
    let seed: UInt64
    let threadCount: Int
    /// Fewer cost less and tell less: the recall of one query has a standard deviation of .1 near
    /// .95, their mean that by the root of their number.
    let queryCount: Int
    /// Asked before each query.
    let isCancelled: @Sendable () -> Bool

    private static let matchCount = 10
    private static let rerankCounts = [
        10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 56, 64, 72, 80,
        88, 96, 112, 128, 144, 160, 176, 192, 224, 256, 320, 384, 448, 512,
    ]
    /// Candidates of a trace: more than any search wants, to know the thresholds on the way.
    private static let candidateCount = 1024
    /// Queries that are compared with all rows.
    private static let exactQueryCount = 64
    /// Candidates are trusted to hold the true neighbours if they miss no more than one in so many.
    private static let trustedShare = 500
    private static let greatestBound: Float = 8

    /// A way to end the probing.
    private enum End {
        case count(Int)
        case bound(Float)

        var count: Int? { if case .count(let count) = self { count } else { nil } }
        var bound: Float? { if case .bound(let bound) = self { bound } else { nil } }

        /// Whether it is so far beyond another that no query asks for more if the first ones asked
        /// for the other at most.
        func isFarBeyond(_ other: End) -> Bool {
            switch (self, other) {
            case (.count(let count), .count(let other)): count >= 2 * other
            // Of squared distances, by which the number of lists grows fast.
            case (.bound(let bound), .bound(let other)): bound >= 1.25 * other
            default: false
            }
        }
    }

    /// The outcomes of all queries together, of one pair.
    private struct Sum {
        var found = 0
        var probeCount = 0
        var scannedCount = 0
        var greatestProbeCount = 0

        mutating func add(_ outcome: ProbeTrace.Outcome) {
            found += outcome.found
            probeCount += outcome.probeCount
            scannedCount += outcome.scannedCount
            greatestProbeCount = max(greatestProbeCount, outcome.probeCount)
        }
    }

    /// What one query tells.
    private struct Lesson {
        /// By number of candidates, then by end.
        let outcomes: [[ProbeTrace.Outcome]]
        let samples: [RangeSample]
        /// True neighbours that are not among the candidates.
        let missedCount: Int
    }

    /// What all queries so far tell.
    private struct Lessons {
        /// Rising.
        private(set) var ends: [End]
        /// By number of candidates, then by end.
        private(set) var sums: [[Sum]]
        var samples: [RangeSample] = []
        var missedCount = 0
        var failure: StorageError?

        init(ends: [End]) {
            self.ends = ends
            sums = rerankCounts.map { _ in ends.map { _ in Sum() } }
        }

        mutating func keepEnds(_ count: Int) {
            ends.removeLast(ends.count - count)
            for rerank in sums.indices { sums[rerank].removeLast(sums[rerank].count - count) }
        }

        mutating func add(_ lesson: Lesson) {
            samples += lesson.samples
            missedCount += lesson.missedCount
            for (rerank, outcomes) in lesson.outcomes.enumerated() {
                for (end, outcome) in outcomes.enumerated() { sums[rerank][end].add(outcome) }
            }
        }
    }

    /// The pairs worth using, by rising recall and cost, and what ranges need; nil if cancelled.
    func calibrate() throws(StorageError)
        -> (points: [OperatingPoint], ranges: [RangePoint])?
    {
        var random = RandomSource(seed: seed &+ 2)
        let rows = snapshot.liveSample(queryCount, &random)
        guard !rows.isEmpty, let lists = trial.lists else { return ([], []) }
        // As stored, which may be narrower than the schema says.
        let element = try snapshot.stored.rows.vector(rows[0]).element
        let vectorSize = element.vectorSize(dimension: snapshot.stored.rows.shape.dimension)
        var lessons = Lessons(ends: ends)
        let first = rows.prefix(Self.exactQueryCount)
        try learn(from: first, lists, areCandidatesTrusted: false, into: &lessons)
        let areTrusted =
            lessons.missedCount * Self.trustedShare <= first.count * Self.matchCount
        let used = frontier(lessons, queryCount: first.count, vectorSize: vectorSize)
        if let furthest = used.map(\.end).max(),
            let last = lessons.ends.firstIndex(where: {
                $0.isFarBeyond(lessons.ends[furthest])
            })
        {
            lessons.keepEnds(last + 1)
        }
        try learn(
            from: rows[first.endIndex...], lists, areCandidatesTrusted: areTrusted,
            into: &lessons)
        guard !isCancelled() else { return nil }
        let points = frontier(lessons, queryCount: rows.count, vectorSize: vectorSize)
        return (points.map(\.point), RangeSample.points(lessons.samples))
    }

    /// Adds what each of some rows tells as a query.
    ///
    /// - Parameter areCandidatesTrusted: whether its neighbours are looked for among the candidates
    ///   of the lists, rather than among all rows.
    private func learn(
        from rows: ArraySlice<UInt32>, _ lists: InvertedLists, areCandidatesTrusted: Bool,
        into lessons: inout Lessons
    ) throws(StorageError) {
        let rows = Array(rows)
        let truth =
            areCandidatesTrusted
            ? nil
            : try CalibrationTruth(
                of: rows, matchCount: Self.matchCount, in: snapshot, threadCount: threadCount)
        var listOfBlock = [Int](repeating: 0, count: lists.blockCount)
        for list in 0..<lists.listCount {
            for block in lists.blockIndices(ofList: list) { listOfBlock[block] = list }
        }
        let shared = Monitor(lessons)
        let scratches = SearchScratchPool()
        parallelFor(rows.count, threads: threadCount) { [listOfBlock, ends = lessons.ends] index in
            guard !isCancelled() else { return }
            do throws(StorageError) {
                let scratch = scratches.take()
                defer { scratches.give(back: scratch) }
                let lesson = try lesson(
                    of: rows[index], truth: truth?[index], lists, listOfBlock: listOfBlock,
                    upTo: ends, scratch: scratch)
                shared.update { $0.add(lesson) }
            } catch {
                shared.update { $0.failure = error }
            }
        }
        lessons = shared.read { $0 }
        if let failure = lessons.failure { throw failure }
    }

    /// Bounds a fortieth apart, or numbers of lists 1, 2, 3 … and then a tenth apart, up to all.
    private var ends: [End] {
        if models.metric != .innerProduct {
            var bounds: [Float] = [0.5]
            while let last = bounds.last, last < Self.greatestBound { bounds.append(last * 1.025) }
            return bounds.map { .bound($0) }
        }
        var counts: [Int] = []
        var next = 1
        while next < models.centroids.count {
            counts.append(next)
            next += max(next / 10, 1)
        }
        return (counts + [models.centroids.count]).map { .count($0) }
    }

    /// By number of candidates, then by end.
    private func outcomes(_ trace: ProbeTrace, _ ends: [End]) -> [[ProbeTrace.Outcome]] {
        let (bounds, counts) = (ends.compactMap(\.bound), ends.compactMap(\.count))
        return bounds.isEmpty
            ? trace.outcomes(probeCounts: counts, rerankCounts: Self.rerankCounts)
            : trace.outcomes(bounds: bounds, rerankCounts: Self.rerankCounts) {
                models.squared($0)
            }
    }

    /// Searches for the vector of a row, as far as the last end.
    ///
    /// - Parameter truth: its neighbours; nil for those among the candidates.
    private func lesson(
        of row: UInt32, truth given: [Neighbor]?, _ lists: InvertedLists, listOfBlock: [Int],
        upTo ends: [End], scratch: SearchScratch
    ) throws(StorageError) -> Lesson {
        let stored = snapshot.stored.rows
        let distance = try CalibrationTruth.query(row, of: stored)
        var figures = SearchFigures()
        let view = Snapshot(
            stored: trial, delta: Delta(start: trial.rows.count, shape: stored.shape),
            dead: snapshot.dead, amendments: Amendments(),
            keywords: snapshot.keywords, position: snapshot.position)
        let search = ListSearch(
            snapshot: view, models: models, lists: lists, distance: distance, filter: nil,
            depth: SearchDepth(
                probeCount: ends.last?.count ?? lists.listCount,
                rerankCount: Self.candidateCount + 1,
                probeBound: ends.last?.bound ?? .infinity),
            scratch: scratch)
        try search.collect(matchCount: 1, figures: &figures)
        let count = try search.findRows(inOrder: true)
        let truth =
            if let given { given } else { try neighbors(of: row, among: count, of: search) }
        let distances = Dictionary(uniqueKeysWithValues: truth.map { ($0.row, $0.distance) })
        // Of bits many are equally far away: one is as good as another.
        let lastDistance = models.codec == .bits ? truth.last?.distance ?? -1 : -Float.infinity
        var probeOfList = [Int](repeating: 0, count: lists.listCount)
        var bases: [Float] = []
        var entryCounts: [Int] = []
        for probe in 0..<figures.probes {
            let list = scratch.order.value[probe]
            probeOfList[list] = probe
            bases.append(models.squared(search.base(probe)))
            var size = entryCounts.last ?? 0
            for block in lists.blockIndices(ofList: list) { size += try lists.block(block).count }
            entryCounts.append(size)
        }
        var candidates: [ProbeTrace.Candidate] = []
        var samples: [RangeSample] = []
        for rank in 0..<count where scratch.rows.value.start[rank] != row {
            let block = Int(scratch.candidates.value.place(rank)) / ListBlock.capacity
            let exact = distances[scratch.rows.value.start[rank]]
            let candidate = ProbeTrace.Candidate(
                estimate: scratch.candidates.value.estimate(rank),
                probe: probeOfList[listOfBlock[block]],
                isTrue: exact != nil
                    || scratch.candidates.value.estimate(rank) <= lastDistance)
            candidates.append(candidate)
            if let exact, let last = truth.last {
                samples.append(
                    search.rangeSample(candidate, distance: exact, greatest: last.distance))
            }
        }
        let trace = ProbeTrace(
            candidates: candidates, bases: bases, entryCounts: entryCounts,
            trueCount: truth.count)
        let missedCount = truth.count - candidates.count { $0.isTrue }
        return Lesson(
            outcomes: outcomes(trace, ends), samples: samples, missedCount: max(missedCount, 0))
    }

    /// The nearest of so many candidates of a search for a row, without the row itself.
    private func neighbors(
        of row: UInt32, among count: Int, of search: ListSearch
    ) throws(StorageError) -> [Neighbor] {
        var nearest = TopK(capacity: Self.matchCount + 1)
        try search.compare(count, into: &nearest)
        return CalibrationTruth.others(than: row, in: nearest, count: Self.matchCount)
    }

    /// The pairs that no cheaper one beats, each with the index of its end.
    private func frontier(
        _ lessons: Lessons, queryCount: Int, vectorSize: Int
    ) -> [(end: Int, point: OperatingPoint)] {
        // Finding row, vector and place among the others, and reading the vector, which exact codes
        // spare.
        let perCandidate = models.codec == .bits ? 20 : 80 + Double(vectorSize) * 0.06
        let truthCount = min(Self.matchCount, max(snapshot.liveCount - 1, 1))
        var all: [(cost: Double, end: Int, point: OperatingPoint)] = []
        for (rerankCount, sums) in zip(Self.rerankCounts, lessons.sums) {
            for (end, sum) in sums.enumerated() {
                let point = OperatingPoint(
                    recall: Float(sum.found) / Float(queryCount * truthCount),
                    probeCount: sum.greatestProbeCount, rerankCount: rerankCount,
                    probeBound: lessons.ends[end].bound ?? .infinity)
                let reranking = Double(rerankCount * queryCount) * perCandidate
                all.append((scanCost(sum) + reranking, end, point))
            }
        }
        all.sort { $0.cost < $1.cost }
        var kept: [(end: Int, point: OperatingPoint)] = []
        for (_, end, point) in all where point.recall > kept.last?.point.recall ?? 0 {
            kept.append((end, point))
        }
        return kept
    }

    /// Nanoseconds, roughly, of all queries: a price for each list, and memory traffic.
    private func scanCost(_ sum: Sum) -> Double {
        let shape = models.quantizer.shape
        let entrySize =
            Double(shape.subspaceCount * shape.bitsPerSubspace) / 8 + (shape.isExact ? 0 : 8)
        return Double(sum.probeCount) * 100 + Double(sum.scannedCount) * (0.2 + entrySize * 0.05)
    }
}
