internal import VDBEngine
internal import VDBIndex

extension Statistics.Drift {
    init(_ inner: EngineStatistics, _ calibration: Calibration) {
        self.init()
        growthSinceTraining = Double(inner.liveCount) / Double(max(calibration.trainedCount, 1))
        centroidShift = VDBIndex.Drift.shift(
            of: inner.drift.centroidError, since: calibration.centroidError)
        quantizationShift = VDBIndex.Drift.shift(
            of: inner.drift.quantizationError, since: calibration.quantizationError)
        splitCount = Int(clamping: inner.drift.splitCount)
        mergeCount = Int(clamping: inner.drift.mergeCount)
        movedCount = Int(clamping: inner.drift.movedCount)
        listSizeSpread = VDBIndex.Drift.spread(of: inner.listSizes)
        let present = inner.liveCount + inner.deadCount
        deadShare = present == 0 ? 0 : Double(inner.deadCount) / Double(present)
    }
}

extension Statistics.DriftPoint {
    init(_ inner: VDBIndex.DriftPoint) {
        timeMicroseconds = inner.timeMicroseconds
        generation = Int(inner.generation)
        liveCount = Int(inner.liveCount)
        listCount = Int(inner.listCount)
        listSizeSpread = Double(inner.listSizeSpread)
        centroidShift = Double(inner.centroidShift)
        quantizationShift = Double(inner.quantizationShift)
        deadShare = Double(inner.deadShare)
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
        isRotated = inner.isRotated
        if let calibration = inner.calibration {
            centroidError = Double(calibration.centroidError)
            quantizationError = Double(calibration.quantizationError)
            drift = Drift(inner, calibration)
        }
        drift.history = inner.history.map(DriftPoint.init)
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
