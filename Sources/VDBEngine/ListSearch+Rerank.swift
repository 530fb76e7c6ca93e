internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

// Continues ListSearch.swift with the exact comparison of candidates.

extension ListSearch {
    /// Compares the candidates exactly and keeps the nearest: first the best of them, then those
    /// of the others that can still be among the nearest (`RerankMargin`).
    func rerank(into nearest: inout TopK, figures: inout SearchFigures) throws(StorageError) {
        scratch.candidates.value.finish()
        scratch.integers.value.reset()
        let count = scratch.candidates.value.count
        scratch.reserveRows(count)
        guard depth.margin < .infinity, range == nil,
            RerankMargin.pays(candidateCount: count, matchCount: nearest.capacity)
        else {
            try compare(
                scratch.candidates.value.places, 0..<count, into: &nearest, figures: &figures)
            return
        }
        let first = scratch.candidates.value.takeBest(
            max(RerankMargin.firstCount, nearest.capacity))
        try compare(
            scratch.candidates.value.taken, 0..<first, into: &nearest, figures: &figures)
        let end = scratch.candidates.value.take(
            below: RerankMargin.bound(
                threshold: nearest.threshold - distanceOffset, margin: depth.margin,
                squaredErrors: squaredErrors(of: first), count: first))
        try compare(
            scratch.candidates.value.taken, first..<end, into: &nearest, figures: &figures)
    }

    /// Estimates leave out the 1 of cosine distances.
    var distanceOffset: Float { models.metric == .cosine ? 1 : 0 }

    /// What the first estimates taken are off by.
    private func squaredErrors(of count: Int) -> Float {
        var sum: Float = 0
        for rank in 0..<count {
            let distance = scratch.distances.value.start[rank] - distanceOffset
            let error = scratch.candidates.value.takenEstimate(rank) - distance
            sum += error * error
        }
        return sum
    }

    private func compare(
        _ places: UnsafePointer<UInt32>, _ ranks: Range<Int>, into nearest: inout TopK,
        figures: inout SearchFigures
    ) throws(StorageError) {
        try lists.findRows(
            ofPlaces: places + ranks.lowerBound, count: ranks.count, shape,
            into: scratch.rows.value.start + ranks.lowerBound)
        try scratch.compare(
            distance, range: ranks, in: snapshot.stored.rows, into: &nearest)
        figures.reranked += ranks.count
    }
}
