internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// How far a search goes.
struct SearchDepth: Sendable, Hashable {
    /// Lists to scan, unless `probeBound` ends it before.
    var probeCount: Int
    /// Candidates to compare exactly.
    var rerankCount: Int
    /// Ends the probing at the first list that is further away than so many times the last of the
    /// candidates wanted; see `ListSearch.isTooFar`.
    var probeBound = Float.infinity
    /// The share of the entries that match the filter, as far as it is known.
    var share = 1.0
}

/// Search through the inverted lists: lists in order, scan of the codes with one distance table
/// per query, exact comparison of the best candidates.
///
/// Lists are taken by distance. They end where the next one is too far away to hold many more
/// candidates: queries amid their neighbours need few lists, those out in the open many.
/// Probing goes on beyond `probeCount` until there are enough live, matching candidates, or no list
/// is left: k means k.
struct ListSearch {
    let snapshot: Snapshot
    let models: Models
    let lists: InvertedLists
    let distance: ExactDistance
    let filter: PreparedFilter?
    let depth: SearchDepth
    let scratch: SearchScratch
    /// The distance within which everything is wanted, if there is one.
    let range: RangeBound?
    /// The query's keys of all lists, if they are known.
    let keys: KnownKeys?
    /// What the inner loop asks at every block, worked out once.
    private let shape: BlockShape
    private let isFiltered: Bool
    private let leastBound: Float
    /// Rows that are no candidates.
    private let hidden: RowSet
    private let hasHidden: Bool

    /// Lists that are put in order at first; more cost another round.
    private static let firstOrderCount = 64

    init(
        snapshot: Snapshot, models: Models, lists: InvertedLists, distance: ExactDistance,
        filter: PreparedFilter?, depth: SearchDepth, scratch: SearchScratch,
        range: RangeBound? = nil, keys: KnownKeys? = nil
    ) {
        self.snapshot = snapshot
        self.models = models
        self.lists = lists
        self.distance = distance
        self.filter = filter
        self.depth = depth
        self.scratch = scratch
        self.range = range
        self.keys = keys
        shape = BlockShape(models.codec, subspaceCount: models.quantizer.shape.subspaceCount)
        isFiltered = filter != nil
        leastBound = LocalShare.bound(depth.probeBound, share: depth.share)
        hidden = isFiltered ? snapshot.hidden : snapshot.dead
        hasHidden = hidden.count > 0
    }

    func run(into nearest: inout TopK, figures: inout SearchFigures) throws(StorageError) {
        try collect(matchCount: nearest.capacity, figures: &figures)
        let count = try findRows()
        figures.reranked += shape.codec == .bits ? 0 : count
        try compare(count, into: &nearest)
    }

    /// Keeps the nearest of the rows that `findRows` has found.
    func compare(_ count: Int, into nearest: inout TopK) throws(StorageError) {
        if shape.codec == .bits {
            // What the scan has found are the distances themselves.
            for rank in 0..<count {
                nearest.insert(
                    Neighbor(
                        distance: scratch.candidates.value.estimate(rank),
                        row: scratch.rows.value.start[rank]))
            }
            return
        }
        scratch.integers.value.reset()
        try scratch.compare(
            distance, range: 0..<count, in: snapshot.stored.rows, into: &nearest)
    }

    /// Brings the entries whose estimates are best into the candidates of the scratch memory.
    func collect(matchCount: Int, figures: inout SearchFigures) throws(StorageError) {
        prepareQuery()
        if let keys {
            scratch.order.value.reset(keys)
        } else {
            scratch.order.value.reset(scratch.query.value.start, models.coarse)
        }
        scratch.order.value.order(
            first: min(depth.probeCount, Self.firstOrderCount), models.coarse)
        // The first entries are on their way while the table is made.
        if let first = try firstBlock(0) {
            SelectionKernel.prefetch(first.block.codes.codes, size: first.block.codeSize)
        }
        if shape.codec != .bits {
            scratch.prepareTable(models.quantizer.shape)
            scratch.table.value?.build(
                query: scratch.query.value.start, quantizer: models.quantizer,
                factor: models.listMetric == .euclidean ? 2 : 1)
        }
        if let range {
            try probeRange(range, matchCount, figures: &figures)
        } else {
            try probe(matchCount, figures: &figures)
        }
    }

    /// Brings the rows of the best candidates into the scratch memory; returns how many.
    ///
    /// - Parameter inOrder: whether the best come first.
    func findRows(inOrder: Bool = false) throws(StorageError) -> Int {
        scratch.candidates.value.finish()
        if inOrder { scratch.candidates.value.order() }
        let count = scratch.candidates.value.count
        scratch.reserveRows(count)
        try lists.findRows(
            ofPlaces: scratch.candidates.value.places, count: count, shape,
            into: scratch.rows.value.start)
        return count
    }

    @inline(__always)
    func scanBlock(_ index: Int) throws(StorageError) -> ScanBlock {
        try lists.scanBlock(index, shape)
    }

    /// Brings the query into the form that the lists compare with.
    private func prepareQuery() {
        let dimension = distance.query.count
        scratch.query.value.reserve(dimension)
        let query = UnsafeMutableBufferPointer(start: scratch.query.value.start, count: dimension)
        _ = query.update(from: distance.query)
        if models.metric == .cosine { TrainingVectors.normalize(query) }
    }

    /// Scans the nearest lists.
    private func probe(_ matchCount: Int, figures: inout SearchFigures) throws(StorageError) {
        // At least the matches asked for must be among the candidates.
        let wanted = min(max(depth.rerankCount, matchCount), max(snapshot.stored.rows.count, 1))
        scratch.candidates.value.reset(wanted: wanted)
        // Under a filter, the lists probed may hold few that match: then as many candidates are
        // looked for as would be compared without it.
        let needed = isFiltered ? wanted : min(matchCount, wanted)
        let listCount = scratch.order.value.count
        var probe = 0
        var local = LocalShare()
        let blockFilter = blockFilter
        var upcoming: (block: ScanBlock, index: Int)?
        while probe < listCount {
            if probe >= scratch.order.value.validCount {
                scratch.order.value.order(first: 2 * probe, models.coarse)
            }
            let base = base(probe)
            if scratch.candidates.value.count >= needed {
                if probe >= depth.probeCount, hasSeenEnough(local) { break }
                if isTooFar(base, threshold: scratch.candidates.value.threshold, local) { break }
            }
            let list = listStart(probe, base: base)
            let blocks = lists.blockIndices(ofList: scratch.order.value[probe])
            let before = figures.blocks
            for index in blocks {
                let block = if let upcoming { upcoming.block } else { try scanBlock(index) }
                upcoming =
                    try index + 1 < blocks.upperBound
                    ? (scanBlock(index + 1), index + 1) : firstBlock(probe + 1)
                try scan(
                    block, index, ahead: upcoming, of: list, by: blockFilter, local: &local,
                    figures: &figures)
            }
            figures.skippedLists += figures.blocks == before && !blocks.isEmpty ? 1 : 0
            if isFiltered { local.noteRarity(share: depth.share) }
            probe += 1
        }
        figures.probes += probe
    }

    /// Whether a search that has come past as many lists as one without a filter takes has also
    /// seen as much that matches.
    func hasSeenEnough(_ local: LocalShare) -> Bool {
        !isFiltered
            || local.hasSeen(
                depth, listCount: lists.listCount, rowCount: snapshot.stored.rows.count)
    }

    /// The query's distance to the centroid of the list at a place of the order.
    func base(_ probe: Int) -> Float {
        models.keysAreDistances
            ? scratch.order.value.distance(probe)
            : models.centroids.distance(
                to: scratch.query.value.start, scratch.order.value[probe],
                metric: models.listMetric)
    }

    /// What the estimates of the list at a place of the order begin with.
    func listStart(_ probe: Int, base: Float) -> ListStart {
        ListStart(
            base: base,
            betaFactor: models.listMetric == .euclidean
                ? 1 : models.centroids.betaFactor(scratch.order.value[probe], base: base))
    }

    /// Whether a list at a distance can be left out, as the candidates wanted are all below a
    /// threshold.
    func isTooFar(_ base: Float, threshold: Float, _ local: LocalShare) -> Bool {
        guard depth.probeBound < .infinity else { return false }
        let (base, threshold) = (models.squared(base), models.squared(threshold))
        // Most lists are nearer than any bound, which is quicker to say.
        if base <= leastBound * threshold { return false }
        return base > local.bound(depth.probeBound, share: depth.share) * threshold
    }

    /// The block that begins the list at a place of the order, if the search will come there.
    private func firstBlock(
        _ probe: Int
    ) throws(StorageError) -> (block: ScanBlock, index: Int)? {
        guard probe < depth.probeCount, probe < scratch.order.value.validCount else { return nil }
        let blocks = lists.blockIndices(ofList: scratch.order.value[probe])
        return blocks.isEmpty ? nil : (try scanBlock(blocks.lowerBound), blocks.lowerBound)
    }

    /// The filter, ready for the blocks of the lists.
    var blockFilter: BlockFilter? {
        filter.map {
            BlockFilter(
                $0, lists: lists, shape: snapshot.stored.rows.shape, scratch: scratch)
        }
    }

    /// Adds a block's best to the candidates.
    ///
    /// - Parameter ahead: the block to be scanned next, if there is one.
    func scan(
        _ block: ScanBlock, _ index: Int, ahead: (block: ScanBlock, index: Int)?,
        of list: ListStart, by filter: BlockFilter?, local: inout LocalShare,
        figures: inout SearchFigures
    ) throws(StorageError) {
        var mask: UnsafePointer<UInt64>?
        if let filter {
            local.seenCount += block.count
            guard let matches = try filter.matches(block, index, ahead: ahead) else {
                figures.skippedBlocks += 1
                return
            }
            mask = matches.mask
            local.matchCount += matches.count
        }
        figures.scanned += block.count
        figures.blocks += 1
        let estimates = scratch.candidates.value.freeEstimates
        let places = scratch.candidates.value.freePlaces
        let start = ScanStart(
            base: list.base, betaFactor: list.betaFactor,
            threshold: scratch.candidates.value.threshold,
            first: UInt32(index * ListBlock.capacity))
        // Little-endian: the halves of the words are the masks of the groups, in order.
        let masks = mask.map { UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self) }
        var found =
            shape.codec == .bits
            ? HammingKernel.scan(
                distance.bits, size: distance.bits.count, block.codes, ahead: ahead?.block.codes,
                from: start, masks: masks, distances: estimates, positions: places)
            : scratch.table.value?.scan(
                block.codes, ahead: ahead?.block.codes, from: start, masks: masks,
                estimates: estimates, positions: places) ?? 0
        if hasHidden {
            found = dropHidden(found, rows: block.rows, estimates, places)
        }
        scratch.candidates.value.append(found)
    }

    /// Moves the entries whose rows are candidates to the front; returns how many.
    private func dropHidden(
        _ found: Int, rows: UnsafePointer<UInt32>, _ estimates: UnsafeMutablePointer<Float>,
        _ places: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var kept = 0
        for entry in 0..<found {
            if hidden.contains(rows[Int(places[entry]) % ListBlock.capacity]) { continue }
            estimates[kept] = estimates[entry]
            places[kept] = places[entry]
            kept += 1
        }
        return kept
    }
}

/// What the estimates of the entries of one list have in common.
struct ListStart {
    /// The query's distance to the centroid.
    let base: Float
    /// By what β counts.
    let betaFactor: Float
}

extension Models {
    /// What a distance among lists is as a squared Euclidean one, up to a factor; for the inner
    /// product, whose distances are not bounded, there is no such thing.
    func squared(_ distance: Float) -> Float { isCosineOfProducts ? 1 + distance : distance }

    /// A distance of the metric as lists measure it.
    func listDistance(_ distance: Float) -> Float {
        guard metric == .cosine else { return distance }
        return isCosineOfProducts ? distance - 1 : 2 * distance
    }

    /// Whether this is the cosine in lists that compare inner products, as those of earlier
    /// releases do.
    var isCosineOfProducts: Bool { metric == .cosine && listMetric == .innerProduct }
}
