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
    }

    /// By rising estimate.
    let candidates: [Candidate]
    /// The distances to the lists, in order, as squares (`Metric.squared`).
    let bases: [Float]
    /// Entries in the lists up to and with each.
    let entryCounts: [Int]
    /// How many are to be found; of equally near candidates more may be true.
    var trueCount = Int.max

    /// Where a search ends, and what it has found by then.
    struct Outcome {
        /// Lists scanned.
        var probeCount = 0
        var scannedCount = 0
        var found = 0
    }

    /// The outcomes for searches for `rerankCount` candidates that end at each of some bounds,
    /// which rise.
    ///
    /// - Parameter squared: what estimates are as squares.
    func outcomes(
        bounds: [Float], rerankCount: Int, squared: (Float) -> Float
    ) -> [Outcome] {
        // A search knows its threshold only as well as it was last lowered.
        let thresholds = leastAfterEachList(rerankCount + rerankCount / 4)
        var outcomes: [Outcome] = []
        var probe = 1
        for bound in bounds {
            while probe < bases.count {
                let threshold = thresholds[probe]
                if threshold < .infinity, bases[probe] > bound * squared(threshold) { break }
                probe += 1
            }
            outcomes.append(outcome(probeCount: probe, rerankCount: rerankCount))
        }
        return outcomes
    }

    /// The outcome of a search through some lists.
    func outcome(probeCount: Int, rerankCount: Int) -> Outcome {
        var outcome = Outcome(
            probeCount: probeCount, scannedCount: entryCounts[probeCount - 1])
        var seen = 0
        for candidate in candidates where candidate.probe < probeCount {
            seen += 1
            if seen > rerankCount { break }
            if candidate.isTrue, outcome.found < trueCount { outcome.found += 1 }
        }
        return outcome
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
