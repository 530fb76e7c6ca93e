internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

// Continues ListSearch.swift with the choice of lists for a range search.

extension ListSearch {
    /// What a round may bring from its outermost fifth before lists further out are worth a look,
    /// as a multiple of the share that may be missed.
    private static let lateFactor: Float = 0.75
    /// Candidates from which such a share says something.
    private static let leastCount = 16
    /// How much further each round goes.
    private static let growth: Float = 1.25
    /// From which the rounds grow where the first, of what is all in the nearest lists, has none.
    private static let leastReach: Float = 0.05
    /// Lists too far away, one after the other, that end a round where the order is not that of
    /// the reach.
    private static let patience = 32

    /// Scans the lists that can hold something within the distance: those of the reach that
    /// calibration found to be enough, those that should hold much of it, and as long as the
    /// outermost of them bring much, more.
    func probeRange(
        _ range: RangeBound, _ matchCount: Int, figures: inout SearchFigures
    ) throws(StorageError) {
        let wanted = min(max(depth.rerankCount, matchCount), max(snapshot.stored.rows.count, 1))
        scratch.candidates.value.reset(
            wanted: wanted, bound: range.threshold, near: range.near)
        var round = RangeRound(end: range.reach)
        while true {
            let isEnough = try probe(&round, range, matchCount, figures: &figures)
            if isEnough || round.end >= range.greatestReach { return }
            let isDone =
                round.foundCount < Self.leastCount
                || Float(round.lateCount)
                    <= Self.lateFactor * range.missedShare * Float(round.foundCount)
            // What the outermost lists bring says nothing where only the nearest are kept.
            if isDone, !isForNearest(range, matchCount) { return }
            round.start = round.end
            let furthest = max(round.end, round.furthest, Self.leastReach)
            round.end = min(furthest * Self.growth, range.greatestReach)
            round.lateCount = 0
        }
    }

    /// Scans the lists of one round; whether the candidates wanted are known to be all found.
    private func probe(
        _ round: inout RangeRound, _ range: RangeBound, _ matchCount: Int,
        figures: inout SearchFigures
    ) throws(StorageError) -> Bool {
        let lateReach = round.end / Self.growth
        var tooFarCount = 0
        let blockFilter = blockFilter
        for place in 0..<scratch.order.value.count {
            if place >= scratch.order.value.validCount {
                scratch.order.value.order(first: 2 * place, models.coarse)
            }
            let reach = reach(place, range)
            let isLikely = range.isLikely(listDistance: listDistance(place))
            if reach > round.end, !isLikely {
                if range.countsLists { return false }
                tooFarCount += isBeyond(place, round.end, range) ? 1 : 0
                let patience = models.listMetric == .euclidean ? 0 : Self.patience
                if tooFarCount > patience { return false }
                continue
            }
            tooFarCount = 0
            // What is likely was searched in the first round.
            guard round.isFirst || reach > round.start && !isLikely else { continue }
            let base = models.centroids.distance(
                to: scratch.query.value.start, scratch.order.value[place],
                metric: models.listMetric)
            if isForNearest(range, matchCount),
                place >= depth.probeCount && hasSeenEnough(round.local)
                    || isTooFar(
                        base, threshold: scratch.candidates.value.threshold, round.local)
            {
                return true
            }
            let before = scratch.candidates.value.nearCount
            try scanList(
                place, listStart(place, base: base), by: blockFilter, local: &round.local,
                figures: &figures)
            if blockFilter != nil { round.local.noteRarity(share: depth.share) }
            round.foundCount = scratch.candidates.value.nearCount
            if reach > lateReach { round.lateCount += round.foundCount - before }
            round.furthest = max(round.furthest, reach)
        }
        return false
    }

    /// Whether more are found than wanted: then this is the search for the nearest.
    private func isForNearest(_ range: RangeBound, _ matchCount: Int) -> Bool {
        scratch.candidates.value.threshold < range.threshold
            && scratch.candidates.value.count >= matchCount
    }

    /// The reach of the list at a place of the order.
    func reach(_ place: Int, _ range: RangeBound) -> Float {
        if range.countsLists { return Float(place + 1) / Float(max(range.probeCount, 1)) }
        let (list, nearest) = (scratch.order.value[place], scratch.order.value[0])
        return RangeBound.reach(
            squares: (squaredDistance(place), squaredDistance(0)),
            betweenLists: models.centroids.squaredDistance(list, nearest), radius: range.radius)
    }

    /// Whether the list at a place would be out of reach wherever it lay at its distance.
    private func isBeyond(_ place: Int, _ reach: Float, _ range: RangeBound) -> Bool {
        let nearest = max(squaredDistance(0), 0).squareRoot()
        return max(squaredDistance(place), 0).squareRoot() - nearest > 2 * reach * range.radius
    }

    /// The distance to the list at a place, as far as 8 bits tell: squared and Euclidean, or the
    /// negated inner product where that is the metric.
    private func listDistance(_ place: Int) -> Float {
        models.metric == .innerProduct
            ? scratch.order.value.distance(place) : squaredDistance(place)
    }

    /// The squared Euclidean distance to the list at a place, as far as 8 bits tell.
    private func squaredDistance(_ place: Int) -> Float {
        let distance = scratch.order.value.distance(place)
        guard models.listMetric != .euclidean else { return distance }
        return 1 + models.centroids.squaredNorm(scratch.order.value[place]) + 2 * distance
    }

    /// Scans all blocks of the list at a place.
    private func scanList(
        _ place: Int, _ list: ListStart, by filter: BlockFilter?, local: inout LocalShare,
        figures: inout SearchFigures
    ) throws(StorageError) {
        figures.probes += 1
        let blocks = lists.blockIndices(ofList: scratch.order.value[place])
        guard !blocks.isEmpty else { return }
        let before = figures.blocks
        var block = try scanBlock(blocks.lowerBound)
        for index in blocks {
            let next =
                index + 1 < blocks.upperBound ? (try scanBlock(index + 1), index + 1) : nil
            try scan(
                block, index, ahead: next, of: list, by: filter, local: &local,
                figures: &figures)
            if let next { block = next.0 }
        }
        figures.skippedLists += figures.blocks == before ? 1 : 0
    }
}

/// The lists that a range search scans before it asks whether to go on.
private struct RangeRound {
    /// Of a greater reach than this …
    var start = -Float.infinity
    /// … up to this.
    var end: Float
    /// Candidates of all rounds that are estimated to be within the distance.
    var foundCount = 0
    /// Those of this round's outermost lists.
    var lateCount = 0
    /// The greatest reach of a list that was scanned.
    var furthest: Float = 0
    /// What matched in all rounds.
    var local = LocalShare()

    var isFirst: Bool { start == -.infinity }
}
