internal import VDBEngine

/// How a search went about it, and what it took.
public struct Explanation: Sendable, Hashable, CustomStringConvertible {
    /// The ways to search.
    public enum Plan: String, Sendable, Hashable {
        /// All records were compared, or those that passed the filter, which looked at all of them.
        case exact
        /// The nearest inverted lists were scanned; a filter looked at the attributes beside the
        /// codes.
        case lists
        /// The indexes of the attributes led to the records that match, and these were compared.
        case attributes
    }

    public var plan: Plan
    /// Records in the tables that are expected to match; nil without a filter, or where the effort
    /// was set by hand. The indexes tell, dead records included; conditions on several attributes
    /// are taken for independent where one of them is rare. Else filters are tried on a sample:
    /// those on several attributes, and where many come, all that many match.
    public var estimatedMatches: Int?
    /// Inverted lists come to, how many of them the filter ruled out whole, and how many there are.
    public var listsProbed: Int
    public var listsSkipped: Int
    public var listCount: Int
    /// Blocks of lists that were scanned, and those that the filter ruled out.
    public var blocksScanned: Int
    public var blocksSkipped: Int
    /// Entries or records that were looked at: by code, or by the filter.
    public var scanned: Int
    /// Vectors compared exactly.
    public var compared: Int
    /// Matches found.
    public var found: Int
    public var microseconds: Double

    /// One line for each figure that says something.
    public var description: String {
        var lines = ["plan: \(plan.rawValue)"]
        if let estimatedMatches { lines.append("expected to match: \(estimatedMatches)") }
        if plan == .lists {
            lines.append("lists: \(listsProbed) of \(listCount), \(listsSkipped) ruled out")
            lines.append("blocks: \(blocksScanned) scanned, \(blocksSkipped) ruled out")
        }
        lines.append("looked at: \(scanned)")
        lines.append("compared: \(compared)")
        lines.append("found: \(found)")
        lines.append("time: \(Int(microseconds.rounded())) µs")
        return lines.joined(separator: "\n")
    }
}

extension Database {
    /// Runs a search and says how it went about it.
    public func explain(_ query: Query) throws(VectorDBError) -> Explanation {
        try explaining("explain a search") { () throws(EngineError) in
            let request = try request(query)
            var figures = SearchFigures()
            let clock = ContinuousClock()
            let start = clock.now
            let result = try engine.search(request, figures: &figures)
            let time = (clock.now - start).components
            let listCount = result.snapshot.listCount
            let plan: Explanation.Plan =
                switch figures.plan {
                case .rows: .attributes
                case .lists: .lists
                case .everything: .exact
                case nil: figures.probes > 0 ? .lists : .exact
                }
            return Explanation(
                plan: plan, estimatedMatches: figures.estimate.map { Int($0.rounded()) },
                listsProbed: figures.probes, listsSkipped: figures.skippedLists,
                listCount: listCount,
                blocksScanned: figures.blocks, blocksSkipped: figures.skippedBlocks,
                scanned: figures.scanned, compared: figures.reranked,
                found: result.records.count,
                microseconds: Double(time.seconds) * 1e6 + Double(time.attoseconds) / 1e12)
        }
    }
}
