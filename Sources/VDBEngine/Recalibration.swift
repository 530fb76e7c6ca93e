internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Queries that measure anew how far searches must go.
    private static let recalibrationQueryCount = 400

    /// Measures the operating points on what there is now, if the lists are so many more or fewer
    /// than when they were measured that these would find noticeably less: where the collection has
    /// grown by a half, searches for 95 % found one or two in a hundred too few.
    ///
    /// Only whoever holds `building` may call it.
    ///
    /// - Returns: whether there was anything to do.
    func recalibrateStep() throws(EngineError) -> Bool {
        let measured: (points: [OperatingPoint], ranges: [RangePoint])?
        do throws(EngineError) {
            measured = try storing { () throws(StorageError) in try measureAnew() }
        } catch {
            if !error.isLackOfRoom { poison(error) }
            throw error
        }
        guard let measured, !measured.points.isEmpty else { return false }
        let adopted = try exclusively { () throws(EngineError) in
            try storing { () throws(StorageError) in
                try adopt(measured.points, measured.ranges)
            }
        }
        guard let adopted else { return false }
        notify(.calibrated(listCount: adopted.listCount))
        return true
    }

    /// Nil where what was measured is recent enough, or nobody knows when it was; or if the
    /// database is being closed.
    private func measureAnew() throws(StorageError)
        -> (points: [OperatingPoint], ranges: [RangePoint])?
    {
        let base = snapshot.ofTables
        guard let models = base.stored.models, models.calibration.listCount > 0 else { return nil }
        let (count, known) = (models.lists.count, models.calibration.listCount)
        guard abs(count - known) * 16 >= known else { return nil }
        return try Calibrator(
            snapshot: base, trial: base.stored, models: models, seed: options.index.seed,
            threadCount: threadCount, queryCount: Self.recalibrationQueryCount,
            isCancelled: { [background] in background.isStopping }
        ).calibrate()
    }

    /// Nil if the database is being closed.
    private func adopt(
        _ points: [OperatingPoint], _ ranges: [RangePoint]
    ) throws(StorageError) -> Calibration? {
        let stored = snapshot.stored
        guard writer.read({ !$0.isDeparting }), let models = stored.models else { return nil }
        var calibration = models.calibration
        (calibration.points, calibration.ranges) = (points, ranges)
        calibration.listCount = models.lists.count
        let changed = models.with(calibration: calibration)
        let transaction = try environment.beginWrite()
        try changed.writeCalibration(transaction)
        try transaction.commit()
        try adoptStored(
            try StoredState(
                environment: environment, shape: shape, earlier: stored, changedLists: [],
                models: changed))
        return calibration
    }
}
