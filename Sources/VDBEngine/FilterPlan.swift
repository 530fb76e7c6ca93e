internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// How a search with a filter goes about it, by what each way is expected to cost.
struct FilterPlan {
    /// The ways, of which the cheapest is taken.
    enum Way: Sendable, Hashable {
        /// Candidates from the indexes of attributes; those that match are compared. Given up
        /// where there are more candidates than so many.
        case rows(limit: Int)
        /// The lists, the filter looking at the cells beside the codes.
        case lists
        /// All rows, the filter looking at the cells of each.
        case everything
    }

    private(set) var way: Way
    let estimate: FilterEstimate

    /// Rows in the tables that are expected to match.
    let matchCount: Double

    /// Nanoseconds on one core of a server of 2024, of which only the ratios count.
    private enum Cost {
        /// Taking a candidate from an index.
        static let candidate = 2.0
        /// Bringing one of its cells together with others, and looking at it.
        static let cell = 6.0
        /// Reading a vector somewhere and comparing it, and for each of its bytes.
        static let vector = 14.0
        static let vectorByte = 0.06
        /// Looking at a row's cells in passing.
        static let row = 1.0
        /// An entry of a list, and for each byte of its code.
        static let entry = 0.3
        static let codeByte = 0.05
        /// A list.
        static let list = 150.0
    }

    /// - Parameter depth: how far a search without the filter would go; nil where it shall be
    ///   exact.
    init(
        _ filter: CompiledFilter, depth: SearchDepth?, models: Models?, in snapshot: Snapshot
    ) throws(StorageError) {
        let stored = snapshot.stored
        let rowCount = Double(stored.rows.count)
        estimate = try FilterEstimate(
            filter.lookup, shape: stored.rows.shape, in: stored.attributes)
        let matchCount = estimate.share * rowCount
        self.matchCount = matchCount
        let shape = stored.rows.shape
        let perMatch = Cost.vector + Cost.vectorByte * Double(shape.vectorSize)
        var perCandidate = Cost.candidate
        if !estimate.isAnsweredByIndexes {
            perCandidate += Cost.cell * Double(filter.columnsUsed.count)
        }
        let tailCount = rowCount - Double(stored.attributes.coveredCount)
        let everything = rowCount * Cost.row + matchCount * perMatch
        var lists = Double.infinity
        if let depth, let models {
            lists = Self.listCost(depth, models, share: estimate.share, rowCount: rowCount)
        }
        let others = min(lists, everything)
        way = lists <= everything ? .lists : .everything
        guard let candidateShare = estimate.candidateShare else { return }
        let candidates = candidateShare * rowCount * perCandidate
        if candidates + tailCount * Cost.row + matchCount * perMatch <= others {
            // Where the estimate was too low, this is how far it pays to find out.
            let limit = min(4 * others / (perCandidate + perMatch), 1e9)
            way = .rows(limit: max(Int(limit), 1024))
        }
    }

    /// What a search through the lists costs where a share of the entries match.
    ///
    /// The nearest that match lie further out than the nearest of all, in lists that a search
    /// without the filter would not reach.
    private static func listCost(
        _ depth: SearchDepth, _ models: Models, share: Double, rowCount: Double
    ) -> Double {
        let listCount = Double(models.centroids.count)
        let growth = (1 / max(share, 1e-9)).squareRoot()
        let probes = min(listCount, Double(depth.probeCount) / 3 * growth)
        let shape = models.quantizer.shape
        let codeSize = Double(shape.subspaceCount * shape.bitsPerSubspace) / 8 + 8
        let perEntry = Cost.entry + Cost.codeByte * codeSize
        return probes * (Cost.list + rowCount / listCount * perEntry)
    }
}
