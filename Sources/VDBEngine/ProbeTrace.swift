internal import VDBIndex
internal import VDBPrimitives

/// What one query would find if its search ended sooner: from a search through all lists.
///
/// A search for R candidates that ends behind its p-th list finds the true neighbours that lie in
/// those lists and have an estimate among their R least. Where it ends depends on the estimate
/// that is the R-th least so far.
struct ProbeTrace {
    /// A candidate of the search through all lists.
    struct Candidate {
        let estimate: Float
        /// The place of its list in the order.
        let probe: Int
        let isTrue: Bool
        /// The distance itself, as estimates measure it.
        let distance: Float
    }

    /// By rising estimate.
    let candidates: [Candidate]
    /// The distances to the lists, in order, as squares (`Metric.squared`).
    let bases: [Float]
    /// Entries in the lists up to and with each.
    let entryCounts: [Int]
    /// How many are to be found; of equally near candidates more may be true.
    var trueCount = Int.max
    /// How many are asked for.
    var matchCount = 10
    /// Whether estimates are the distances themselves, so that nothing is compared after them.
    var isExact = false

    /// Where a search ends, and what it has found by then.
    struct Outcome {
        /// Lists scanned.
        var probeCount = 0
        var scannedCount = 0
        /// By margin, as in `RerankMargin.all`.
        var found = RerankMargin.all.map { _ in 0 }
        /// Candidates compared exactly.
        var compared = RerankMargin.all.map { _ in 0 }

        fileprivate mutating func compare(
            _ candidate: Candidate, _ margin: Int, trueCount: Int
        ) {
            compared[margin] += 1
            if candidate.isTrue, found[margin] < trueCount { found[margin] += 1 }
        }
    }

    /// The outcomes for searches that end at each of some bounds, which rise: by number of
    /// candidates, then by bound.
    ///
    /// - Parameters:
    ///   - rerankCounts: ascending.
    ///   - squared: what estimates are as squares.
    func outcomes(
        bounds: [Float], rerankCounts: [Int], squared: (Float) -> Float
    ) -> [[Outcome]] {
        var known = [[Outcome]?](repeating: nil, count: bases.count + 1)
        return rerankCounts.enumerated().map { place, rerankCount in
            probeCounts(bounds: bounds, rerankCount: rerankCount, squared: squared).map {
                let outcomes = known[$0] ?? outcomes(probeCount: $0, rerankCounts: rerankCounts)
                known[$0] = outcomes
                return outcomes[place]
            }
        }
    }

    /// Where searches for `rerankCount` candidates end.
    private func probeCounts(
        bounds: [Float], rerankCount: Int, squared: (Float) -> Float
    ) -> [Int] {
        // A search knows its threshold only as well as it was last lowered.
        let thresholds = leastAfterEachList(rerankCount + rerankCount / 4)
        var probe = 1
        return bounds.map { bound in
            while probe < bases.count {
                let threshold = thresholds[probe]
                if threshold < .infinity, bases[probe] > bound * squared(threshold) { break }
                probe += 1
            }
            return probe
        }
    }

    /// The outcomes of a search through some lists for each of some numbers of candidates.
    ///
    /// - Parameter rerankCounts: ascending.
    func outcomes(probeCount: Int, rerankCounts: [Int]) -> [Outcome] {
        let seen = candidates.filter { $0.probe < probeCount }
        let bounds = bounds(seen)
        // What comes of comparing all, and of comparing what the margins let through.
        var plain = Outcome(probeCount: probeCount, scannedCount: entryCounts[probeCount - 1])
        var bounded = plain
        var outcomes: [Outcome] = []
        for rank in 0...min(seen.count, rerankCounts.last ?? 0) {
            let isLast = rank == seen.count
            while outcomes.count < rerankCounts.count,
                isLast || rerankCounts[outcomes.count] == rank
            {
                let pays =
                    !isExact
                    && RerankMargin.pays(candidateCount: rank, matchCount: matchCount)
                outcomes.append(pays ? bounded : plain)
            }
            if isLast { break }
            let candidate = seen[rank]
            for (margin, bound) in bounds.enumerated() {
                plain.compare(candidate, margin, trueCount: trueCount)
                if rank < RerankMargin.firstCount || candidate.estimate < bound {
                    bounded.compare(candidate, margin, trueCount: trueCount)
                }
            }
        }
        return outcomes
    }

    /// For each margin the estimate that candidates must be below, after the first of them.
    private func bounds(_ seen: [Candidate]) -> [Float] {
        var nearest = TopK(capacity: matchCount)
        var squaredErrors: Float = 0
        let first = seen.prefix(RerankMargin.firstCount)
        for candidate in first {
            nearest.insert(Neighbor(distance: candidate.distance, row: 0))
            let error = candidate.estimate - candidate.distance
            squaredErrors += error * error
        }
        return RerankMargin.all.map {
            RerankMargin.bound(
                threshold: nearest.threshold, margin: $0, squaredErrors: squaredErrors,
                count: first.count)
        }
    }

    /// For each number of lists the `count`-th least estimate in them; infinity while there are
    /// fewer.
    private func leastAfterEachList(_ count: Int) -> [Float] {
        var byList = [[Float]](repeating: [], count: bases.count)
        for candidate in candidates { byList[candidate.probe].append(candidate.estimate) }
        var least = TopK(capacity: count)
        var thresholds: [Float] = [.infinity]
        for (probe, estimates) in byList.enumerated() {
            for estimate in estimates {
                least.insert(Neighbor(distance: estimate, row: UInt32(probe)))
            }
            thresholds.append(least.threshold)
        }
        return thresholds
    }
}
