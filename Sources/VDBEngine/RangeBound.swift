internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers

/// How a search through the lists finds what is within a distance.
///
/// A vector x = q + δ lies in list c only if no other centroid is nearer to it, and least of all
/// c₀, the one nearest to the query. From ‖x − c‖² ≤ ‖x − c₀‖² follows
///
///     ‖q − c‖² − ‖q − c₀‖² ≤ 2 ⟨c − c₀, δ⟩ ≤ 2 ‖c − c₀‖ ‖δ‖
///
/// The first term as a share of the last, with the distance asked for as ‖δ‖, is the *reach* of a
/// list: beyond 1 it certainly holds nothing within the distance, and as few δ point straight at c,
/// nearly all is found in lists of a far smaller reach. Calibration measures which, at the
/// distances of the nearest. Of greater distances it says too little: then whole clusters may be
/// within, far beyond lists that hold nothing, and all of their δ do point at c. So a list is
/// searched too if much of it should be within the distance by what its entries are like
/// (`isLikely`).
struct RangeBound: Sendable {
    /// The distance asked for, as a Euclidean one; 0 under the inner product, where there is none.
    let radius: Float
    /// Estimates that are not below it are no candidates.
    let threshold: Float
    /// The distance asked for, as lists measure it.
    let near: Float
    /// Lists of at most this reach are searched first.
    let reach: Float
    /// The mean squared distance of an entry to its list's centroid, and the standard deviation of
    /// what it adds to the distance along the direction from the query, were it the same in all.
    private let residual: (squared: Float, deviation: Float)
    /// The greatest reach worth looking at.
    let greatestReach: Float
    /// The share of what is within the distance that may be missed.
    let missedShare: Float
    /// Whether reach is the place of a list in the order, as a share of `probeCount`.
    let countsLists: Bool
    /// Whether the caller has said how many lists to search.
    private let isChosen: Bool
    let probeCount: Int

    private static let likelyDeviations: Float = 2.5

    /// Estimates have a part of their error that does not shrink with the distance: as much as a
    /// distance of this share of the quantization error adds.
    private static let leastError: Float = 0.05
    /// The same under cosine in lists that compare products, where the centroids, shorter than the
    /// unit vectors, add to it.
    private static let leastCosineError: Float = 0.1
    /// Where nothing was measured: of databases that an earlier release built.
    private static let usual = [
        RangePoint(share: 0.975, reach: 0.5, spread: 3), RangePoint(share: 1, reach: 1, spread: 6),
    ]

    init(_ within: Float, effort: SearchEffort, depth: SearchDepth, models: Models, query: [Float])
    {
        let points = models.calibration.ranges.isEmpty ? Self.usual : models.calibration.ranges
        let recall: Double = if case .recall(let recall) = effort { recall } else { 0.95 }
        let isManual = if case .manual = effort { true } else { false }
        // Half of what may be missed is left to the choice of lists, half to that of candidates.
        let point = Self.point(share: Float(1 - (1 - recall) / 2), among: points)
        let listDistance = models.listDistance(within)
        let error = Self.typicalError(at: within, models: models, query: query)
        threshold = (listDistance + max(point.spread, 0) * error).nextUp
        near = listDistance
        countsLists = isManual || models.metric == .innerProduct
        probeCount = depth.probeCount
        radius =
            switch models.metric {
            case .euclidean, .hamming: within.squareRoot()
            case .innerProduct: 0
            case .cosine: (2 * within).squareRoot()
            }
        reach = countsLists ? 1 : min(point.reach, 1)
        let listCount = Float(models.centroids.count)
        greatestReach =
            isManual ? 1 : countsLists ? max(listCount / Float(depth.probeCount), 1) : 1
        missedShare = Float(1 - recall)
        let centroidError = models.calibration.centroidError
        let perComponent = (centroidError / Float(models.centroids.dimension)).squareRoot()
        residual =
            models.metric == .innerProduct
            ? (0, perComponent * VectorKernel.product(query, query, query.count).squareRoot())
            : (centroidError, perComponent)
        isChosen = isManual
    }

    /// Whether so much of a list should be within the distance that it is worth a look: an entry's
    /// distance is taken for normally distributed, and one in some hundred to be within.
    ///
    /// ‖q − x‖² = ‖q − c‖² − 2 ⟨q − c, r⟩ + ‖r‖² has a mean of ‖q − c‖² + ‖r‖² and a deviation of
    /// 2 ‖q − c‖ σ, and −⟨q, x⟩ one of ‖q‖ σ around −⟨q, c⟩.
    ///
    /// - Parameter listDistance: squared and Euclidean, or the negated inner product.
    func isLikely(listDistance: Float) -> Bool {
        if isChosen { return false }
        let deviation =
            countsLists
            ? residual.deviation : 2 * max(listDistance, 0).squareRoot() * residual.deviation
        let bound = countsLists ? near : radius * radius
        return listDistance + residual.squared <= bound + Self.likelyDeviations * deviation
    }

    /// What to do for a share, between the points that were measured.
    private static func point(share: Float, among points: [RangePoint]) -> RangePoint {
        var below = RangePoint(share: 0, reach: 0, spread: 0)
        for point in points {
            if point.share >= share, share < 1 {
                let part = (share - below.share) / max(point.share - below.share, .ulpOfOne)
                return RangePoint(
                    share: share, reach: below.reach + part * (point.reach - below.reach),
                    spread: below.spread + part * (point.spread - below.spread))
            }
            below = point
        }
        return RangePoint(share: 1, reach: 1, spread: 1.5 * below.spread)
    }

    /// The standard deviation of the estimates of vectors at a distance, if the errors of the codes
    /// had no preferred direction.
    ///
    /// An error e is orthogonal to x − c: what it changes in ‖q − x‖² is 2 ⟨q − x, e⟩, and in
    /// ⟨q, x⟩, ⟨q − x, e⟩ + ⟨c, e⟩.
    static func typicalError(at distance: Float, models: Models, query: [Float]) -> Float {
        let error = models.calibration.quantizationError
        let perComponent = error / Float(models.centroids.dimension)
        switch models.metric {
        case .euclidean, .hamming:
            return 2 * ((max(distance, 0) + leastError * error) * perComponent).squareRoot()
        case .innerProduct:
            return (VectorKernel.product(query, query, query.count) * perComponent).squareRoot()
        case .cosine where models.isCosineOfProducts:
            return ((2 * max(distance, 0) + leastCosineError) * perComponent).squareRoot()
        case .cosine:
            let squared = 2 * max(distance, 0)
            return 2 * ((squared + leastError * error) * perComponent).squareRoot()
        }
    }

    /// The reach of a list.
    ///
    /// - Parameters:
    ///   - squares: the squared distances of the query to the list and to the nearest list.
    ///   - betweenLists: the squared distance of their centroids.
    static func reach(
        squares: (list: Float, nearest: Float), betweenLists: Float, radius: Float
    ) -> Float {
        let excess = squares.list - squares.nearest
        guard excess > 0 else { return 0 }
        return excess / (2 * betweenLists.squareRoot() * radius)
    }
}
