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

    /// The outcomes of searches that end at each of some bounds, which rise: by number of
    /// candidates, then by bound.
    ///
    /// - Parameter squared: what estimates are as squares.
    func outcomes(
        bounds: [Float], rerankCounts: [Int], squared: (Float) -> Float
    ) -> [[Outcome]] {
        var best = BestCandidates(of: self, rerankCounts)
        var outcomes = rerankCounts.map { _ in [Outcome]() }
        for probeCount in 1...bases.count {
            best.takeNextList()
            let next = probeCount < bases.count ? bases[probeCount] : .infinity
            for (index, rerankCount) in rerankCounts.enumerated() {
                // A higher bound ends no sooner: those that end here follow one another.
                let ended = outcomes[index].count
                guard ended < bounds.count else { continue }
                let threshold = squared(best.threshold(rerankCount))
                let isLast = probeCount == bases.count
                var end = ended
                while end < bounds.count, isLast || next > bounds[end] * threshold { end += 1 }
                guard end > ended else { continue }
                let outcome = outcome(probeCount, best.found(rerankCount))
                outcomes[index] += repeatElement(outcome, count: end - ended)
            }
        }
        return outcomes
    }

    /// The outcomes of searches through each of some numbers of lists, which rise: by number of
    /// candidates, then by number of lists.
    func outcomes(probeCounts: [Int], rerankCounts: [Int]) -> [[Outcome]] {
        var best = BestCandidates(of: self, rerankCounts)
        var outcomes = rerankCounts.map { _ in [Outcome]() }
        var taken = 0
        for probeCount in probeCounts {
            while taken < probeCount {
                best.takeNextList()
                taken += 1
            }
            for (index, rerankCount) in rerankCounts.enumerated() {
                outcomes[index].append(outcome(probeCount, best.found(rerankCount)))
            }
        }
        return outcomes
    }

    private func outcome(_ probeCount: Int, _ found: Int) -> Outcome {
        Outcome(
            probeCount: probeCount, scannedCount: entryCounts[probeCount - 1],
            found: min(found, trueCount))
    }
}

/// The best candidates of a trace in its first lists, list after list.
///
/// All numbers of candidates are served by one pass: their ranks are kept in order, so that the
/// best R are the first R of them.
private struct BestCandidates {
    private let candidates: [ProbeTrace.Candidate]
    /// The ranks of each list's candidates, ascending.
    private let ranksByList: [[Int]]
    private var nextList = 0
    /// More than the greatest number of candidates that anything is asked about.
    private let limit: Int
    /// Ascending.
    private var ranks: [Int] = []
    /// Those of true neighbours, ascending; some may be worse than all in `ranks`.
    private var trueRanks: [Int] = []

    init(of trace: ProbeTrace, _ rerankCounts: [Int]) {
        candidates = trace.candidates
        var ranksByList = [[Int]](repeating: [], count: trace.bases.count)
        var rank = 0
        while rank < candidates.count {
            ranksByList[candidates[rank].probe].append(rank)
            rank += 1
        }
        self.ranksByList = ranksByList
        limit = Self.known(rerankCounts.max() ?? 1) + 1
    }

    /// A search knows its threshold only as well as it was last lowered.
    private static func known(_ rerankCount: Int) -> Int { rerankCount + rerankCount / 4 }

    mutating func takeNextList() {
        var place = 0
        for rank in ranksByList[nextList] {
            if ranks.count == limit {
                if rank > ranks[limit - 1] { break }
                ranks.removeLast()
            }
            place = Self.place(of: rank, in: ranks, from: place)
            ranks.insert(rank, at: place)
            if candidates[rank].isTrue {
                trueRanks.insert(rank, at: Self.place(of: rank, in: trueRanks, from: 0))
            }
        }
        nextList += 1
    }

    /// The estimate below which a candidate must be to be one of so many; infinity while there are
    /// fewer.
    func threshold(_ rerankCount: Int) -> Float {
        let known = Self.known(rerankCount)
        return ranks.count >= known ? candidates[ranks[known - 1]].estimate : .infinity
    }

    /// How many of the best so many are true neighbours.
    func found(_ rerankCount: Int) -> Int {
        guard ranks.count > rerankCount else { return trueRanks.count }
        return Self.place(of: ranks[rerankCount], in: trueRanks, from: 0)
    }

    /// The number of ranks below `rank`, of which there are `start` or more.
    private static func place(of rank: Int, in ranks: [Int], from start: Int) -> Int {
        var (low, high) = (start, ranks.count)
        while low < high {
            let middle = (low + high) / 2
            if ranks[middle] < rank { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
