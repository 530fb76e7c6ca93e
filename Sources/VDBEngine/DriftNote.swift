internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Adds what a transaction leaves behind to the history of drift, if that is news.
    ///
    /// Called when all else is written. A history that is damaged is left alone: it is advice, and
    /// no reason to refuse a write; `verify` names it.
    ///
    /// - Parameter missingRowCount: rows whose chunk of vectors is gone by then.
    func noteDrift(
        of models: Models, _ manifest: Manifest, missingRowCount: Int,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        var history: DriftHistory
        do throws(StorageError) {
            history = try DriftHistory.read(transaction.access)
        } catch {
            if case .damaged = error { return }
            throw error
        }
        let drift = try Drift.read(generation: models.generation, transaction.access)
        let (rowCount, liveCount) = (Int(manifest.rowCount), Int(manifest.liveCount))
        var point = DriftPoint(
            timeMicroseconds: Platform.wallMicroseconds, generation: models.generation,
            liveCount: manifest.liveCount, listCount: UInt32(models.lists.count))
        let trained = models.calibration
        point.centroidShift = Float(
            Drift.shift(of: drift.centroidError, since: trained.centroidError))
        point.quantizationShift = Float(
            Drift.shift(of: drift.quantizationError, since: trained.quantizationError))
        let presentCount = rowCount - missingRowCount
        point.deadShare = Float(presentCount - liveCount) / Float(max(presentCount, 1))
        if let last = history.points.last, !point.isNews(after: last) { return }
        var sizes: [Int] = []
        for number in models.lists.numbers {
            sizes.append(try ListWriter.entryCount(of: number, transaction.access))
        }
        point.listSizeSpread = Float(Drift.spread(of: sizes))
        history.add(point)
        try history.write(transaction)
    }
}

extension Drift {
    /// An error now as a multiple of that in training; 1 where nobody knows.
    package static func shift(of now: Double?, since then: Float) -> Double {
        guard let now, then > 0 else { return 1 }
        return now / Double(then)
    }

    /// The standard deviation of the lists' sizes, as a share of their mean.
    package static func spread(of sizes: [Int]) -> Double {
        let mean = Double(sizes.reduce(0, +)) / Double(max(sizes.count, 1))
        guard mean > 0 else { return 0 }
        let squares = sizes.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (squares / Double(sizes.count)).squareRoot() / mean
    }
}
