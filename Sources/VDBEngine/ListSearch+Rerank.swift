internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

// Continues ListSearch.swift with the exact comparison of candidates.

extension ListSearch {
    /// Candidates that are compared whatever their estimates: from them it is known how far
    /// estimates are from distances around this query.
    static let firstComparedCount = 48

    /// Compares the candidates exactly and keeps the nearest.
    ///
    /// First the best of them. What their estimates are off by, as a root mean square, times the
    /// margin that calibration has measured, is what the estimate of a record that is among the
    /// nearest may be above the distance of the last one: all others are passed over.
    func rerank(into nearest: inout TopK, figures: inout SearchFigures) throws(StorageError) {
        scratch.candidates.value.finish()
        scratch.integers.value.reset()
        let count = scratch.candidates.value.count
        scratch.reserveRows(count)
        let wanted = max(Self.firstComparedCount, nearest.capacity)
        guard depth.margin < .infinity, count > wanted + wanted / 2 else {
            try compare(
                scratch.candidates.value.places, 0..<count, into: &nearest, figures: &figures)
            return
        }
        let first = scratch.candidates.value.takeBest(wanted)
        try compare(
            scratch.candidates.value.taken, 0..<first, into: &nearest, figures: &figures)
        let bound = nearest.threshold - distanceOffset + depth.margin * typicalError(of: first)
        let end = scratch.candidates.value.take(below: bound)
        try compare(
            scratch.candidates.value.taken, first..<end, into: &nearest, figures: &figures)
    }

    /// Estimates leave out the 1 of cosine distances.
    private var distanceOffset: Float { models.metric == .cosine ? 1 : 0 }

    /// The root mean square of the errors of the first estimates taken.
    private func typicalError(of count: Int) -> Float {
        var sum: Float = 0
        for rank in 0..<count {
            let distance = scratch.distances.value.start[rank] - distanceOffset
            let error = scratch.candidates.value.takenEstimate(rank) - distance
            sum += error * error
        }
        return (sum / Float(max(count, 1))).squareRoot()
    }

    private func compare(
        _ places: UnsafePointer<UInt32>, _ range: Range<Int>, into nearest: inout TopK,
        figures: inout SearchFigures
    ) throws(StorageError) {
        try lists.findRows(
            ofPlaces: places + range.lowerBound, count: range.count, shape,
            into: scratch.rows.value.start + range.lowerBound)
        try scratch.compare(
            distance, range: range, in: snapshot.stored.rows, into: &nearest)
        figures.reranked += range.count
    }
}
