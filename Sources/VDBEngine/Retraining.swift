internal import VDBIndex
internal import VDBStorage

/// When codebooks no longer fit, so that a new generation is worth its training.
///
/// Lists follow growth by splitting; codebooks stay as they were trained. Two things outdate them:
/// that they were learnt from few rows, and that what comes now is of another kind.
enum RetrainingRule {
    /// Codebooks of so many rows gain nothing from more.
    private static let enoughCount = 65_536
    /// What was learnt from fewer is learnt anew when there are so many times as many: the sum of
    /// all trainings is then a third more than the last.
    private static let growthFactor = 4
    /// Rows to see before their errors are believed.
    private static let leastMeasuredCount = 4096.0
    /// The mean error of what there is, in terms of that in training, beyond which searches find
    /// noticeably less.
    private static let errorFactor = 1.15

    static func isDue(liveCount: Int, calibration: Calibration, drift: Drift) -> Bool {
        let trainedCount = max(calibration.trainedCount, 1)
        if trainedCount < enoughCount, liveCount >= growthFactor * trainedCount { return true }
        guard drift.encodedCount >= leastMeasuredCount, let error = drift.quantizationError else {
            return false
        }
        // Of what there is, that which came since training has the error of the newest rows.
        let newShare = min(1, drift.placedCount / Double(max(liveCount, 1)))
        let trained = Double(calibration.quantizationError)
        return newShare * error + (1 - newShare) * trained > errorFactor * trained
            && liveCount >= trainedCount / 2
    }
}

extension Engine {
    /// Adds to what is stored of a generation's drift.
    func addDrift(
        _ drift: Drift, generation: UInt32, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        var sum = try Drift.read(generation: generation, transaction.access)
        sum.add(drift)
        try sum.write(generation: generation, transaction)
    }
}
