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

/// Search through the inverted lists: lists in order, scan of the codes with one distance table
/// per query, exact comparison of the best candidates.
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
        try collect(matchCount: nearest.capacity, figures: &figures)
        let count = try findRows()
        figures.reranked += count
        try scratch.compare(
            distance, integers: scratch.integers(of: distance), range: 0..<count,
            in: snapshot.stored.rows, into: &nearest)
    }

    /// Brings the entries whose estimates are best into the candidates of the scratch memory.
    func collect(matchCount: Int, figures: inout SearchFigures) throws(StorageError) {
        try scratch.withTable(models.quantizer.shape) { (table) throws(StorageError) in
            prepare(&table)
            try probe(table, matchCount, figures: &figures)
        }
    }

    /// Puts the candidates in order and their rows into the scratch memory; returns how many.
    func findRows() throws(StorageError) -> Int {
        scratch.candidates.order()
        let count = scratch.candidates.count
        scratch.reserveRows(count)
        // Each row lies in a line of its own, which no scan has touched.
        for rank in 0..<count {
            SelectionKernel.prefetch(try rowAddress(scratch.candidates.place(rank)))
        }
        for rank in 0..<count {
            scratch.rows.start[rank] = try rowAddress(scratch.candidates.place(rank)).pointee
        }
        return count
    }

    /// Where the row of an entry stands; its place is block × 256 + position.
    private func rowAddress(_ place: UInt32) throws(StorageError) -> UnsafePointer<UInt32> {
        let (block, position) = Int(place).quotientAndRemainder(dividingBy: ListBlock.capacity)
        return try scanBlock(block).rows + position
    }

    private func scanBlock(_ index: Int) throws(StorageError) -> ScanBlock {
        try lists.scanBlock(
            index, models.codec, subspaceCount: models.quantizer.shape.subspaceCount)
    }

    /// Builds the query's distance table, and its distances to all centroids.
    private func prepare(_ table: inout DistanceTable) {
        let dimension = distance.query.count
        scratch.query.reserve(dimension)
        let query = UnsafeMutableBufferPointer(start: scratch.query.start, count: dimension)
        _ = query.initialize(from: distance.query)
        if models.metric == .cosine { TrainingVectors.normalize(query) }
        table.build(
            query: scratch.query.start, quantizer: models.quantizer,
            factor: models.metric == .euclidean ? 2 : 1)
        scratch.order.reset(scratch.query.start, models)
    }

    /// Scans the nearest lists.
    private func probe(
        _ table: borrowing DistanceTable, _ matchCount: Int, figures: inout SearchFigures
    ) throws(StorageError) {
        // At least the matches asked for must be among the candidates.
        let wanted = min(max(depth.rerankCount, matchCount), max(snapshot.stored.rows.count, 1))
        scratch.candidates.reset(wanted: wanted)
        // Under a filter, the lists probed may hold few that match: then as many candidates are
        // looked for as would be compared without it.
        let needed = filter == nil ? min(matchCount, wanted) : wanted
        scratch.order.order(first: depth.probeCount)
        var probe = 0
        while probe < scratch.order.count {
            if probe >= depth.probeCount && scratch.candidates.count >= needed { break }
            if probe >= scratch.order.validCount { scratch.order.order(first: 2 * probe) }
            let list = scratch.order[probe]
            let base = models.centroids.distance(
                to: scratch.query.start, list, metric: models.metric)
            let blocks = lists.blockIndices(ofList: list)
            for block in blocks {
                let next = block + 1 < blocks.upperBound ? block + 1 : firstBlock(probe + 1)
                try scan(block, ahead: next, table, base: base, figures: &figures)
            }
            probe += 1
        }
        figures.probes += probe
    }

    /// The block that begins the list at a place of the order, if the search will come there.
    private func firstBlock(_ probe: Int) -> Int? {
        guard probe < depth.probeCount, probe < scratch.order.validCount else { return nil }
        return lists.blockIndices(ofList: scratch.order[probe]).first
    }

    private func scan(
        _ index: Int, ahead: Int?, _ table: borrowing DistanceTable, base: Float,
        figures: inout SearchFigures
    ) throws(StorageError) {
        let block = try scanBlock(index)
        let mask = filter == nil ? nil : UnsafePointer(scratch.mask.baseAddress)
        if let filter {
            let columns = try lists.columns(ofBlock: index, shape: snapshot.stored.rows.shape)
            if filter.verdict(for: columns.map(\.summary)) == .none { return }
            filter.evaluate(columns, count: block.count, into: scratch.mask)
        }
        figures.scanned += block.count
        let next: ScanBlock? =
            if let ahead { try scanBlock(ahead) } else { nil }
        let estimates = scratch.candidates.freeEstimates
        let places = scratch.candidates.freePlaces
        var found = table.scan(
            block.codes, ahead: next?.codes,
            from: ScanStart(
                base: base, threshold: scratch.candidates.threshold,
                first: UInt32(index * ListBlock.capacity)),
            // Little-endian: the halves of the words are the masks of the groups, in order.
            masks: mask.map { UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self) },
            estimates: estimates, positions: places)
        if snapshot.dead.count > 0 {
            found = dropDead(found, rows: block.rows, estimates, places)
        }
        scratch.candidates.append(found)
    }

    /// Moves the entries whose rows are alive to the front; returns how many.
    private func dropDead(
        _ found: Int, rows: UnsafePointer<UInt32>, _ estimates: UnsafeMutablePointer<Float>,
        _ places: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let dead = snapshot.dead
        var kept = 0
        for entry in 0..<found {
            if dead.contains(rows[Int(places[entry]) % ListBlock.capacity]) { continue }
            estimates[kept] = estimates[entry]
            places[kept] = places[entry]
            kept += 1
        }
        return kept
    }
}
