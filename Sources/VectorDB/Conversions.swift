internal import VDBEngine
internal import VDBFilters
internal import VDBLog
internal import VDBPrimitives

extension Options {
    /// The engine's options, checked.
    ///
    /// - Parameter schema: what the options must fit, if it is known.
    func engineOptions(_ schema: Schema?) throws(EngineError) -> EngineOptions {
        try Self.check("mapSize", mapSize, 1 << 20...1 << 46)
        if let threadCount { try Self.check("threadCount", threadCount, 1...1024) }
        if let listCount { try Self.check("listCount", listCount, 1...1 << 20) }
        if let subspaceCount {
            try Self.check("subspaceCount", subspaceCount, 1...min(schema?.dimension ?? 256, 256))
        }
        guard bitsPerSubspace == 4 || bitsPerSubspace == 8 else {
            throw .invalidOption(
                name: "bitsPerSubspace", reason: "\(bitsPerSubspace) is neither 4 nor 8")
        }
        if let trainingThreshold {
            try Self.check("trainingThreshold", trainingThreshold, 256...Int(UInt32.max))
        }
        var inner = EngineOptions()
        inner.durability = durability
        inner.isReadOnly = isReadOnly
        inner.mapSize = mapSize
        inner.threadCount = threadCount
        inner.isAutomatic = isAutomatic
        inner.maintenance.isAutomatic = maintenance == .automatic
        guard maintenanceShare > 0, maintenanceShare <= 1 else {
            throw .invalidOption(
                name: "maintenanceShare",
                reason: "\(maintenanceShare) is not above 0 and at most 1")
        }
        inner.maintenance.share = maintenanceShare
        if let maintenanceObserver {
            inner.maintenance.observer = { maintenanceObserver(MaintenanceEvent($0)) }
        }
        if let logSegmentSize { inner.logSegmentSize = logSegmentSize }
        inner.index.listCount = listCount
        inner.index.subspaceCount = subspaceCount
        inner.index.bitsPerSubspace = bitsPerSubspace
        inner.index.trainingThreshold = trainingThreshold
        inner.index.seed = seed
        return inner
    }

    /// Refuses a number out of its range.
    static func check(
        _ name: String, _ value: Int, _ range: ClosedRange<Int>
    ) throws(EngineError) {
        guard range.contains(value) else {
            throw .invalidOption(
                name: name,
                reason: "\(value) is not within \(range.lowerBound) … \(range.upperBound)")
        }
    }
}

extension Query.Effort {
    var inner: SearchEffort {
        switch self {
        case .recall(let recall): .recall(recall)
        case .manual(let probeCount, let rerankCount):
            .manual(probeCount: probeCount, rerankCount: rerankCount)
        case .exact: .exact
        }
    }
}

extension SearchStatistics {
    init(_ figures: SearchFigures) {
        probes = figures.probes
        scanned = figures.scanned
        reranked = figures.reranked
    }
}

extension Record {
    /// A record as it was stored.
    init(id: UInt64, _ stored: StoredRecord, schema: Schema) {
        var attributes: [String: AttributeValue] = [:]
        for (attribute, value) in zip(schema.attributes, stored.values) where value != .null {
            attributes[attribute.name] = value
        }
        self.init(
            id: id, vector: Vector(stored: stored.vector, schema: schema),
            attributes: attributes, payload: stored.payload)
    }
}
