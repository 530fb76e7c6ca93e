internal import VDBEngine
internal import VDBIndex

extension Statistics.Drift {
    init(_ inner: EngineStatistics, _ calibration: Calibration) {
        self.init()
        growthSinceTraining = Double(inner.liveCount) / Double(max(calibration.trainedCount, 1))
        centroidShift = Self.shift(inner.drift.centroidError, calibration.centroidError)
        quantizationShift = Self.shift(
            inner.drift.quantizationError, calibration.quantizationError)
        splitCount = Int(clamping: inner.drift.splitCount)
        mergeCount = Int(clamping: inner.drift.mergeCount)
        movedCount = Int(clamping: inner.drift.movedCount)
        let sizes = inner.listSizes.map { Double($0) }
        let mean = sizes.reduce(0, +) / Double(max(sizes.count, 1))
        if mean > 0 {
            let squares = sizes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            listSizeSpread = (squares / Double(sizes.count)).squareRoot() / mean
        }
        let present = inner.liveCount + inner.deadCount
        deadShare = present == 0 ? 0 : Double(inner.deadCount) / Double(present)
    }

    private static func shift(_ now: Double?, _ then: Float) -> Double {
        guard let now, then > 0 else { return 1 }
        return now / Double(then)
    }
}

extension Statistics {
    init(_ inner: EngineStatistics) {
        self.init()
        formatVersion = inner.formatVersion
        liveCount = inner.liveCount
        deadCount = inner.deadCount
        inLogCount = inner.inLogCount
        generation = inner.generation
        subspaceCount = inner.subspaceCount
        bitsPerSubspace = inner.bitsPerSubspace
        if let calibration = inner.calibration {
            centroidError = Double(calibration.centroidError)
            quantizationError = Double(calibration.quantizationError)
            drift = Drift(inner, calibration)
        }
        if !inner.listSizes.isEmpty {
            lists.count = inner.listSizes.count
            lists.min = inner.listSizes.min() ?? 0
            lists.max = inner.listSizes.max() ?? 0
            lists.mean =
                Double(inner.listSizes.reduce(0, +)) / Double(inner.listSizes.count)
        }
        dataSize = inner.dataSize
        logSize = inner.logSize
        logSegmentCount = inner.logSegmentCount
        tables = inner.tables.map {
            TableSize(name: $0.name, entryCount: $0.entryCount, size: $0.size)
        }
        readerCount = inner.readerCount
        lastCheckpointMicroseconds = inner.lastCheckpointMicroseconds
    }
}
