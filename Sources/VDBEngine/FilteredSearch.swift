internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Search of the tables under a filter, as planned.
struct FilteredSearch {
    let snapshot: Snapshot
    let filter: PreparedFilter
    let distance: ExactDistance
    let scratch: SearchScratch

    /// - Parameter depth: how far a search without the filter would go; nil where it shall be
    ///   exact.
    func run(
        _ request: SearchRequest, depth: SearchDepth?, into nearest: inout TopK,
        figures: inout SearchFigures
    ) throws(StorageError) {
        let (models, lists) = (snapshot.stored.models, snapshot.stored.lists)
        var way = FilterPlan.Way.lists
        var filteredDepth = depth
        if case .manual = request.effort, models != nil {
            // The caller has said how to go about it.
        } else {
            let plan = try FilterPlan(filter, depth: depth, models: models, in: snapshot)
            way = plan.way
            figures.estimate = plan.matchCount
            filteredDepth = depth?.underFilter(
                share: plan.share, matchCount: nearest.capacity)
            if case .rows(let limit) = way {
                if try compareRows(limit: limit, into: &nearest, figures: &figures) {
                    figures.plan = .rows
                    return
                }
                way = depth == nil ? .everything : .lists
            }
        }
        if way == .lists, let depth, let filteredDepth, let models, let lists {
            figures.plan = .lists
            try ListSearch(
                snapshot: snapshot, models: models, lists: lists, distance: distance,
                filter: filter, depth: filteredDepth, scratch: scratch,
                range: request.range(depth, models)
            ).run(into: &nearest, figures: &figures)
        } else {
            figures.plan = .everything
            try ExactSearch.searchStored(
                snapshot, distance, filter: filter.compiled, into: &nearest, figures: &figures)
        }
    }

    /// Compares the rows that the indexes lead to; false if they are too many.
    private func compareRows(
        limit: Int, into nearest: inout TopK, figures: inout SearchFigures
    ) throws(StorageError) -> Bool {
        let rows = FilterRows(snapshot: snapshot, filter: filter, scratch: scratch)
        guard let (count, seenCount) = try rows.findLive(limit: limit) else { return false }
        figures.scanned += seenCount
        figures.reranked += count
        scratch.integers.value.reset()
        try scratch.compare(
            distance, range: 0..<count, in: snapshot.stored.rows, into: &nearest)
        return true
    }
}

extension SearchDepth {
    /// The depth for a search with a filter that lets a share of the entries through: what bounds
    /// the distance of lists still does, how many lists a search without it takes at most does not.
    ///
    /// At least four candidates are compared for each match: what matches may lie far from the
    /// query, all of it about as far, where estimates tell less apart than among neighbours.
    fileprivate func underFilter(share: Double, matchCount: Int) -> SearchDepth {
        var depth = self
        depth.share = share
        depth.rerankCount = max(depth.rerankCount, 4 * matchCount)
        if probeBound < .infinity { depth.probeCount = .max }
        return depth
    }
}
