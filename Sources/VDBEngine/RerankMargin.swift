/// How far the estimate of a candidate may be above the distance of the last match for the
/// candidate to be worth an exact comparison, in units of what the estimates around the query are
/// off by.
///
/// Of the true neighbours whose estimates are not that good a few are missed, fewer than are missed
/// anyway at the recall that a point of the calibration has. The calibration measures recall with
/// the margin that a search at that point takes.
enum RerankMargin {
    /// All there are.
    static let all: [Float] = [2, 2.5, 3, .infinity]

    /// Candidates that are compared whatever their estimates: from them it is known how far
    /// estimates are from distances around this query.
    static let firstCount = 48

    /// Whether candidates are so many that it pays to look at some of them first.
    static func pays(candidateCount: Int, matchCount: Int) -> Bool {
        2 * candidateCount > 3 * max(firstCount, matchCount)
    }

    /// The margin of searches at a point of this recall; it grows with the recall.
    static func margin(recall: Float) -> Float {
        recall < 0.97 ? 2 : recall < 0.99 ? 2.5 : recall < 0.997 ? 3 : .infinity
    }

    /// The margin at a point whose recall is known for each of `all`, in their order.
    static func consistent(_ recalls: [Float]) -> Int {
        all.indices.first { margin(recall: recalls[$0]) == all[$0] } ?? all.count - 1
    }

    /// The estimate that candidates must be below.
    ///
    /// - Parameters:
    ///   - threshold: the distance of the last match, as estimates measure it.
    ///   - squaredErrors: the sum over the first candidates.
    static func bound(
        threshold: Float, margin: Float, squaredErrors: Float, count: Int
    ) -> Float {
        guard margin < .infinity else { return .infinity }
        return threshold + margin * (squaredErrors / Float(max(count, 1))).squareRoot()
    }
}
