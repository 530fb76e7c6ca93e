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

    /// The share of the rows in the tables that is expected to match, and their number.
    let share: Double
    let matchCount: Double

    /// Nanoseconds on one core of a server of 2024, of which only the ratios count.
    private enum Cost {
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
        _ filter: PreparedFilter, depth: SearchDepth?, models: Models?, in snapshot: Snapshot
    ) throws(StorageError) {
        let stored = snapshot.stored
        let rowCount = Double(stored.rows.count)
        let perMatch = Cost.vector + Cost.vectorByte * Double(stored.rows.shape.vectorSize)
        var sample: RowSample.Matches?
        if let known = filter.rows {
            matchCount = Double(known.rows.count)
            share = matchCount / max(rowCount, 1)
        } else {
            sample = try filter.sample(in: stored)
            if let sample, sample.leastShare > 0 {
                share = sample.share
            } else {
                share = try filter.estimate(in: stored).share
            }
            matchCount = share * rowCount
        }
        let everything = rowCount * Cost.row + matchCount * perMatch
        var lists = Double.infinity
        if let depth, let models {
            lists = Self.listCost(depth, models, share: share, rowCount: rowCount)
        }
        let others = min(lists, everything)
        way = lists <= everything ? .lists : .everything
        if filter.rows != nil {
            if matchCount * perMatch <= others { way = .rows(limit: .max) }
            return
        }
        // Where surely too many match, the indexes need not be asked.
        if let sample, sample.leastShare * rowCount * perMatch > others { return }
        let estimate = try filter.estimate(in: stored)
        guard let conjuncts = estimate.conjuncts, !conjuncts.isEmpty else { return }
        let finding = IntersectionCost(
            conjuncts, columnCount: filter.compiled.columnsUsed.count, rowCount: rowCount)
        let tailCount = rowCount - Double(stored.attributes.coveredCount)
        let lookingUp = finding.nanoseconds + tailCount * Cost.row
        // A filter is expected to come as often again as it has come so far.
        let isKept = matchCount <= Double(PreparedFilter.rowLimit)
        let perUse = isKept ? 1 / Double(max(filter.useCount, 1)) : 1
        if lookingUp * perUse + matchCount * perMatch <= others {
            // Where the estimate was too low, this is how far it pays to find out.
            let limit = min(4 * others / perUse / finding.perCandidate, 1e9)
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
        let share = max(share, 1e-9)
        let probes =
            depth.probeBound < .infinity
            // A third of the most that any search takes, as the bound ends most of them.
            ? Double(depth.probeCount) / 3 / share.squareRoot()
            : Double(depth.probeCount) * LocalShare.evenGrowth(share: share)
        let shape = models.quantizer.shape
        let codeSize = Double(shape.subspaceCount * shape.bitsPerSubspace) / 8 + 8
        let perEntry = Cost.entry + Cost.codeByte * codeSize
        return min(listCount, probes) * (Cost.list + rowCount / listCount * perEntry)
    }
}
