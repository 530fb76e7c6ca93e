package import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

extension Engine {
    /// The most neighbours of one search.
    package static let countLimit = 1_000_000

    /// The `count` nearest live records that match the filter, nearest first; all that match if
    /// they are fewer.
    ///
    /// - Returns: the records, and the snapshot that they were found in.
    package func search(
        _ request: SearchRequest, figures: inout SearchFigures
    ) throws(EngineError) -> (records: [FoundRecord], snapshot: Snapshot) {
        try check(request)
        let snapshot = try latestSnapshot()
        return (try search(request, in: snapshot, figures: &figures), snapshot)
    }

    /// What a search that begins now must see.
    package func latestSnapshot() throws(EngineError) -> Snapshot {
        try follow()
        return snapshot
    }

    /// The same in a snapshot, for a request that has been checked.
    ///
    /// - Parameter keys: those of the query, if they are known; for a request without a filter.
    func search(
        _ request: SearchRequest, in snapshot: Snapshot, keys: KnownKeys? = nil,
        figures: inout SearchFigures
    ) throws(EngineError) -> [FoundRecord] {
        let filter = try prepared(request.filter, in: snapshot)
        return try records(
            try nearest(
                request, in: snapshot, filter: filter, keys: keys, figures: &figures),
            in: snapshot)
    }

    /// Looks up the ids of what was found.
    func records(
        _ nearest: [Neighbor], in snapshot: Snapshot
    ) throws(EngineError) -> [FoundRecord] {
        for neighbor in nearest { snapshot.prefetchID(neighbor.row) }
        var records: [FoundRecord] = []
        records.reserveCapacity(nearest.count)
        for neighbor in nearest {
            records.append(
                FoundRecord(
                    id: try snapshot.id(neighbor.row), distance: neighbor.distance,
                    row: neighbor.row))
        }
        return records
    }

    /// The attribute values of a record that a search found.
    package func values(
        of record: FoundRecord, in snapshot: Snapshot
    ) throws(EngineError) -> [AttributeValue] {
        try values(of: record.row, in: snapshot)
    }

    /// The payload of a record that a search found, or nil if it has none.
    package func payload(
        of record: FoundRecord, in snapshot: Snapshot
    ) throws(EngineError) -> [UInt8]? {
        try snapshot.payload(record.row)
    }

    private func nearest(
        _ request: SearchRequest, in snapshot: Snapshot, filter: PreparedFilter?,
        keys: KnownKeys?, figures: inout SearchFigures
    ) throws(EngineError) -> [Neighbor] {
        let liveCount = snapshot.liveCount
        guard liveCount > 0 else { return [] }
        var nearest = TopK(
            capacity: min(request.count, liveCount), bound: request.within ?? .infinity)
        let distance = ExactDistance(query: request.vector, shape: shape)
        let scratch = scratchPool.take()
        defer { scratchPool.give(back: scratch) }
        ExactSearch.searchDelta(
            snapshot, distance, filter: filter?.compiled, into: &nearest, figures: &figures)
        return try storing { () throws(StorageError) in
            if let filter {
                try ExactSearch.searchAmended(
                    snapshot, distance, filter: filter.compiled, scratch: scratch, into: &nearest,
                    figures: &figures)
            }
            let models = snapshot.stored.models
            let depth = models?.depth(for: request)
            if let filter {
                try FilteredSearch(
                    snapshot: snapshot, filter: filter, distance: distance, scratch: scratch
                ).run(request, depth: depth, into: &nearest, figures: &figures)
            } else if let models, let lists = snapshot.stored.lists, let depth {
                try ListSearch(
                    snapshot: snapshot, models: models, lists: lists, distance: distance,
                    filter: nil, depth: depth, scratch: scratch,
                    range: request.range(depth, models), keys: keys
                ).run(into: &nearest, figures: &figures)
            } else {
                try ExactSearch.searchStored(
                    snapshot, distance, filter: nil, into: &nearest, figures: &figures)
            }
            return nearest.sorted()
        }
    }

    /// Refuses what no search can mean.
    package func check(_ request: SearchRequest) throws(EngineError) {
        guard request.count >= 1, request.count <= Self.countLimit else {
            throw .invalidOption(
                name: "count",
                reason: "\(request.count) is not within 1 … \(Self.countLimit)")
        }
        if let within = request.within { try check(within: within) }
        switch request.effort {
        case .exact: break
        case .recall(let recall):
            guard recall > 0, recall <= 1 else {
                throw .invalidOption(
                    name: "recall", reason: "\(recall) is not above 0 and at most 1")
            }
        case .manual(let probeCount, let rerankCount):
            guard probeCount >= 1, rerankCount >= 1 else {
                throw .invalidOption(
                    name: "probeCount and rerankCount",
                    reason: "\(probeCount) and \(rerankCount), both must be at least 1")
            }
        }
    }
}

extension Engine {
    private func check(within: Float) throws(EngineError) {
        guard !within.isNaN else {
            throw .invalidOption(name: "within", reason: "\(within) is not a distance")
        }
        guard within >= 0 || schema.metric == .innerProduct else {
            throw .invalidOption(
                name: "within",
                reason: "\(within) is below 0, the least \(schema.metric.name) distance")
        }
    }
}

extension SearchRequest {
    /// How to find what is within the distance asked for, if any is.
    func range(_ depth: SearchDepth, _ models: Models) -> RangeBound? {
        guard let within, within < .infinity else { return nil }
        return RangeBound(within, effort: effort, depth: depth, models: models, query: vector)
    }
}

extension Models {
    /// How far a search goes; nil where it shall be exact.
    func depth(for request: SearchRequest) -> SearchDepth? {
        switch request.effort {
        case .exact: nil
        case .manual(let probeCount, let rerankCount):
            SearchDepth(probeCount: probeCount, rerankCount: rerankCount)
        case .recall(let recall): depth(for: recall, count: request.count)
        }
    }

    private func depth(for recall: Double, count: Int) -> SearchDepth {
        guard
            let point = calibration.points.first(where: { Double($0.recall) >= recall })
                ?? calibration.points.last
        else { return SearchDepth(probeCount: centroids.count, rerankCount: 10 * count) }
        // Calibrated for ten matches: more matches need as many more candidates.
        let scale = max(1, (count + 9) / 10)
        // Where lists were split since, as many more of them hold the same.
        let splitting =
            calibration.listCount == 0
            ? 1 : max(1, Double(centroids.count) / Double(calibration.listCount))
        let probeCount = Int((Double(point.probeCount) * splitting).rounded(.up))
        return SearchDepth(
            probeCount: min(max(probeCount, 1), centroids.count),
            rerankCount: max(point.rerankCount, 1) * scale, probeBound: point.probeBound)
    }
}
