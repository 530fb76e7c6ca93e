package import VDBFilters
internal import VDBPrimitives

/// How much work a search does.
package enum SearchEffort: Sendable, Hashable {
    case recall(Double)
    case manual(probeCount: Int, rerankCount: Int)
    case exact
}

/// One search, its input checked.
package struct SearchRequest: Sendable {
    /// `dimension` finite components; not all zero under cosine.
    package var vector: [Float]
    package var count: Int
    /// Only what is at most so far away; nil for no such bound.
    package var within: Float?
    package var filter: Filter?
    package var effort: SearchEffort

    package init(
        vector: [Float], count: Int, within: Float? = nil, filter: Filter?, effort: SearchEffort
    ) {
        self.vector = vector
        self.count = count
        self.within = within
        self.filter = filter
        self.effort = effort
    }
}

/// What a search did.
package struct SearchFigures: Sendable, Hashable {
    package var probes = 0
    package var scanned = 0
    package var reranked = 0
    /// Blocks of lists whose entries were looked at.
    package var blocks = 0
    /// Blocks of lists that the filter ruled out as a whole.
    package var skippedBlocks = 0
    /// Lists of which the filter ruled out every block.
    package var skippedLists = 0
    /// How a search with a filter went about it; nil without one.
    package var plan: Plan?
    /// Rows in the tables that were expected to match.
    package var estimate: Double?

    /// The ways of a search with a filter.
    package enum Plan: Sendable, Hashable {
        case rows
        case lists
        case everything
    }

    package init() {}
}

/// A record found.
package struct FoundRecord: Sendable {
    package let id: UInt64
    package let distance: Float
    package let row: UInt32
}
