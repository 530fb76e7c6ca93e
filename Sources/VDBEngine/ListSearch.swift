internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// How far a search goes.
struct SearchDepth: Sendable, Hashable {
    /// Lists to scan at least.
    var probeCount: Int
    /// Candidates to compare exactly.
    var rerankCount: Int
}

/// Search through the inverted lists: coarse distances, lists in order, scan of the codes with one
/// distance table per query, exact comparison of the best candidates.
///
/// Probing goes on beyond `probeCount` until there are enough live, matching candidates, or no list
/// is left: k means k.
struct ListSearch {
    let snapshot: Snapshot
    let models: Models
    let lists: InvertedLists
    let distance: ExactDistance
    let filter: CompiledFilter?
    let depth: SearchDepth
    let scratch: SearchScratch

    func run(into nearest: inout TopK, figures: inout SearchFigures) throws(StorageError) {
        let candidates = try candidates(matchCount: nearest.capacity, figures: &figures)
        figures.reranked += candidates.count
        try distance.compare(
            try rows(of: candidates.elements), in: snapshot.stored.rows, scratch: scratch,
            into: &nearest)
    }

    /// The entries whose estimates are best; see `rows(of:)`.
    func candidates(
        matchCount: Int, figures: inout SearchFigures
    ) throws(StorageError) -> TopK {
        try scratch.withTable(models.quantizer.shape) { (table) throws(StorageError) in
            prepare(&table)
            return try probe(table, matchCount, figures: &figures)
        }
    }

    /// The rows of candidates, which carry the place of their entry: block × 256 + position.
    func rows(of candidates: [Neighbor]) throws(StorageError) -> [UInt32] {
        var rows: [UInt32] = []
        rows.reserveCapacity(candidates.count)
        for candidate in candidates {
            let block = try lists.block(Int(candidate.row) / ListBlock.capacity)
            rows.append(block.rows[Int(candidate.row) % ListBlock.capacity])
        }
        return rows
    }

    /// Builds the query's distance table, and its distances to all centroids.
    private func prepare(_ table: inout DistanceTable) {
        var query = distance.query
        if models.metric == .cosine {
            query.withUnsafeMutableBufferPointer { TrainingVectors.normalize($0) }
        }
        let listCount = models.centroids.count
        if scratch.coarse.count != listCount {
            scratch.coarse = [Float](repeating: 0, count: listCount)
        }
        table.build(
            query: query, quantizer: models.quantizer,
            factor: models.metric == .euclidean ? 2 : 1)
        models.centroids.distances(to: query, metric: models.metric, into: &scratch.coarse)
        scratch.order.reset(scratch.coarse)
    }

    /// Scans the nearest lists.
    private func probe(
        _ table: borrowing DistanceTable, _ matchCount: Int, figures: inout SearchFigures
    ) throws(StorageError) -> TopK {
        // At least the matches asked for must be among the candidates.
        let wanted = min(max(depth.rerankCount, matchCount), max(snapshot.stored.rows.count, 1))
        var candidates = TopK(capacity: wanted)
        // Under a filter, the lists probed may hold few that match: then as many candidates are
        // looked for as would be compared without it.
        let needed = filter == nil ? min(matchCount, wanted) : wanted
        var probe = 0
        while probe < scratch.order.count {
            if probe >= depth.probeCount && candidates.count >= needed { break }
            scratch.order.sort(first: max(depth.probeCount, probe + 1))
            let list = scratch.order[probe]
            for block in lists.blockIndices(ofList: list) {
                try scan(
                    block, table, base: scratch.coarse[list], into: &candidates,
                    figures: &figures)
            }
            probe += 1
        }
        figures.probes += probe
        return candidates
    }

    private func scan(
        _ index: Int, _ table: borrowing DistanceTable, base: Float,
        into candidates: inout TopK, figures: inout SearchFigures
    ) throws(StorageError) {
        let block = try lists.block(index)
        if let filter {
            let columns = try lists.columns(ofBlock: index, shape: snapshot.stored.rows.shape)
            if filter.verdict(for: columns.map(\.summary)) == .none { return }
            filter.evaluate(columns, count: block.count, into: scratch.mask)
        }
        figures.scanned += block.count
        let output = DistanceTable.Output(
            estimates: scratch.estimates, positions: scratch.positions)
        let found = BlockScan.run(
            block, table: table, base: base, threshold: candidates.threshold,
            mask: filter == nil ? nil : UnsafePointer(scratch.mask.baseAddress), into: output)
        let dead = snapshot.dead
        for entry in 0..<found where output.estimates[entry] < candidates.threshold {
            let position = output.positions[entry]
            if dead.count > 0 && dead.contains(block.rows[Int(position)]) { continue }
            candidates.insert(
                Neighbor(
                    distance: output.estimates[entry],
                    row: UInt32(index * ListBlock.capacity) + position))
        }
    }
}
