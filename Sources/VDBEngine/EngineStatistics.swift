package import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Figures of a database at one moment.
package struct EngineStatistics: Sendable {
    package var formatVersion = 0
    package var liveCount = 0
    package var deadCount = 0
    package var inLogCount = 0
    package var generation = 0
    package var subspaceCount = 0
    package var bitsPerSubspace = 0
    package var isRotated = false
    package var calibration: Calibration?
    package var drift = Drift()
    /// How drift has come and gone, across generations.
    package var history: [DriftPoint] = []
    /// Entries of each list, dead ones included.
    package var listSizes: [Int] = []
    package var tables: [(name: String, entryCount: Int, size: Int)] = []
    package var dataSize = 0
    package var logSize = 0
    package var logSegmentCount = 0
    package var readerCount = 0
    package var lastCheckpointMicroseconds: Int64 = 0
}

extension Engine {
    package func statistics() throws(EngineError) -> EngineStatistics {
        try follow()
        let snapshot = snapshot
        let stored = snapshot.stored
        var result = EngineStatistics()
        result.formatVersion = Int(stored.manifest.formatVersion)
        result.liveCount = snapshot.liveCount
        result.deadCount = snapshot.dead.count - stored.rows.missingRowCount
        result.inLogCount = snapshot.delta.count
        result.generation = Int(stored.manifest.generation)
        result.lastCheckpointMicroseconds = stored.manifest.checkpointMicroseconds
        result.dataSize = environment.usedSize
        result.readerCount = environment.readerCount
        if let models = stored.models {
            result.subspaceCount = models.quantizer.shape.subspaceCount
            result.bitsPerSubspace = models.quantizer.shape.bitsPerSubspace
            result.isRotated = models.quantizer.rotation != nil
            result.calibration = models.calibration
            result.drift = stored.drift
        }
        try storing { () throws(StorageError) in
            result.history = try DriftHistory.read(stored.access).points
            for name in TableName.allCases {
                let figures = try stored.access.statistics(environment.table(name))
                result.tables.append((name.rawValue, figures.entryCount, figures.size))
            }
            guard let lists = stored.lists else { return }
            for list in 0..<lists.listCount {
                var size = 0
                for index in lists.blockIndices(ofList: list) {
                    size += try lists.block(index).count
                }
                result.listSizes.append(size)
            }
        }
        let identity = LogIdentity(stored.manifest.identity)
        let summary = try logging { () throws(LogError) in
            try LogSummary(
                reading: LogDirectory(
                    path: path + "/log", identity: identity))
        }
        result.logSize = summary.size
        result.logSegmentCount = summary.segments.count
        return result
    }
}
