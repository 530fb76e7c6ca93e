internal import VDBEngine
internal import VDBIndex

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
            growthSinceTraining =
                Double(inner.liveCount) / Double(max(calibration.trainedCount, 1))
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
