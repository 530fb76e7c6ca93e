internal import VDBIndex
internal import VDBPrimitives

/// What one true neighbour of a calibration query tells about range searches.
struct RangeSample: Sendable {
    /// The reach of the list that it is in, for the distance of the last neighbour.
    let reach: Float
    /// By how many typical errors its estimate is above its distance.
    let spread: Float

    private static let shares: [Float] = [0.5, 0.75, 0.9, 0.95, 0.975, 0.9875, 0.995, 1]

    /// The greatest reach and spread among the least of the samples, for some shares of them.
    static func points(_ samples: [RangeSample]) -> [RangePoint] {
        guard !samples.isEmpty else { return [] }
        let reaches = samples.map(\.reach).sorted()
        let spreads = samples.map(\.spread).sorted()
        return shares.map { share in
            let rank = Int((share * Float(samples.count)).rounded(.up)) - 1
            let index = min(max(rank, 0), samples.count - 1)
            return RangePoint(share: share, reach: reaches[index], spread: spreads[index])
        }
    }
}

extension ListSearch {
    /// The sample of a candidate that is a true neighbour.
    ///
    /// - Parameters:
    ///   - distance: the candidate's own.
    ///   - greatest: that of the last true neighbour.
    func rangeSample(
        _ candidate: ProbeTrace.Candidate, distance: Float, greatest: Float
    ) -> RangeSample {
        let bound = RangeBound(
            greatest, effort: .exact, depth: depth, models: models, query: self.distance.query)
        let listDistance = models.listDistance(distance)
        let error = RangeBound.typicalError(
            at: distance, models: models, query: self.distance.query)
        let reach = reach(candidate.probe, bound)
        return RangeSample(
            reach: reach.isFinite ? min(reach, 1) : 1,
            spread: error > 0 ? (candidate.estimate - listDistance) / error : 0)
    }
}
