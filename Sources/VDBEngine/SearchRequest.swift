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

    package init() {}
}

/// A record found.
package struct FoundRecord: Sendable {
    package let id: UInt64
    package let distance: Float
    package let row: UInt32
}
