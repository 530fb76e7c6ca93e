internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Brings the live rows of the tables that match a filter into the scratch memory: candidates from
/// the indexes of attributes, the rest of the filter on their cells.
struct FilterRows {
    let snapshot: Snapshot
    let filter: CompiledFilter
    let estimate: FilterEstimate
    let scratch: SearchScratch

    private var stored: StoredRows { snapshot.stored.rows }

    /// Candidates of one condition.
    private struct Source {
        let attribute: Int
        let ranks: KeyRanks
    }

    /// - Parameter limit: the most candidates to look at.
    /// - Returns: the count of rows in the scratch memory, and how many rows were looked at; nil
    ///   if there are more candidates than that, or only looking at all rows finds them.
    func gather(limit: Int) throws(StorageError) -> (count: Int, seenCount: Int)? {
        guard let sources = try sources(of: estimate, limit: limit) else { return nil }
        let candidateCount = sources.reduce(0) { $0 + $1.ranks.count }
        guard candidateCount <= limit else { return nil }
        let tail = snapshot.stored.attributes.coveredCount..<stored.count
        scratch.reserveRows(candidateCount + tail.count)
        var count = try takeCandidates(sources)
        if !estimate.isAnsweredByIndexes { count = try narrow(count) }
        count = try appendTail(tail, to: count)
        return (count, candidateCount + tail.count)
    }

    /// Where the candidates of a condition come from; nil where they cannot.
    private func sources(
        of estimate: FilterEstimate, limit: Int
    ) throws(StorageError) -> [Source]? {
        switch estimate {
        case .leaf(let lookup, let attribute, _, let ranks):
            guard lookup.isExact || !lookup.isNegated else { return nil }
            let index = snapshot.stored.attributes
            if ranks.isSample {
                return [
                    Source(
                        attribute: attribute,
                        ranks: try KeyRanks(lookup, attribute: attribute, in: index))
                ]
            }
            return [Source(attribute: attribute, ranks: ranks)]
        case .all(let parts, _):
            var best: FilterEstimate?
            var bestShare = Double.infinity
            for part in parts {
                guard let share = part.candidateShare, share < bestShare else { continue }
                (best, bestShare) = (part, share)
            }
            return try best.flatMap { (best) throws(StorageError) in
                try sources(of: best, limit: limit)
            }
        case .any(let parts, _):
            var all: [Source] = []
            for part in parts {
                guard let sources = try sources(of: part, limit: limit) else { return nil }
                all += sources
            }
            return all
        }
    }

    /// Takes the rows of all sources that are alive, each once.
    private func takeCandidates(_ sources: [Source]) throws(StorageError) -> Int {
        let rows = scratch.rows.value.start
        let (dead, index) = (snapshot.dead, snapshot.stored.attributes)
        let covered = UInt32(index.coveredCount)
        var count = 0
        for source in sources {
            for run in source.ranks.runs {
                let segment = try index.segment(attribute: source.attribute, run.segment)
                let first = UInt32(run.segment * AttributeSegment.rowCount)
                for rank in run.ranks {
                    let row = first + UInt32(segment.places[rank])
                    // Damage apart, all rows are covered.
                    rows[count] = row
                    count += row < covered ? 1 : 0
                }
            }
        }
        if sources.count > 1 { count = withoutRepeats(count) }
        guard dead.count > 0 else { return count }
        var kept = 0
        for place in 0..<count where !dead.contains(rows[place]) {
            rows[kept] = rows[place]
            kept += 1
        }
        return kept
    }

    private func withoutRepeats(_ count: Int) -> Int {
        let rows = scratch.rows.value.start
        return scratch.rowBits.value.withMarks(rowCount: stored.count) { marks in
            var kept = 0
            for place in 0..<count where marks.insert(rows[place]) {
                rows[kept] = rows[place]
                kept += 1
            }
            for place in 0..<kept { marks.remove(rows[place]) }
            return kept
        }
    }

    /// Keeps the rows whose cells match.
    private func narrow(_ count: Int) throws(StorageError) -> Int {
        let rows = scratch.rows.value.start
        let columns = scratch.columns(widths: stored.shape.columns)
        var kept = 0
        for start in stride(from: 0, to: count, by: GatheredColumns.capacity) {
            let batch = min(GatheredColumns.capacity, count - start)
            let views = try columns.gather(
                UnsafeBufferPointer(start: rows + start, count: batch),
                used: filter.columnsUsed, of: stored)
            filter.evaluate(views, count: batch, into: scratch.batchMask)
            for (word, bits) in scratch.batchMask[..<((batch + 63) / 64)].enumerated() {
                var rest = bits
                while rest != 0 {
                    rows[kept] = rows[start + word * 64 + rest.trailingZeroBitCount]
                    kept += 1
                    rest &= rest - 1
                }
            }
        }
        return kept
    }

    /// Adds the rows that match among those that the indexes do not have yet.
    private func appendTail(_ tail: Range<Int>, to start: Int) throws(StorageError) -> Int {
        guard !tail.isEmpty else { return start }
        var count = start
        var walk = RowWalk(snapshot, filter: filter, from: tail.lowerBound)
        while let found = try walk.nextStoredChunk() {
            for row in found {
                scratch.rows.value.start[count] = row
                count += 1
            }
        }
        return count
    }
}

extension FilterEstimate {
    /// Whether the candidates are the rows that match.
    var isAnsweredByIndexes: Bool {
        switch self {
        case .leaf(let lookup, _, _, _): lookup.isExact
        case .all(let parts, _): parts.count == 1 && parts[0].isAnsweredByIndexes
        case .any(let parts, _): parts.allSatisfy(\.isAnsweredByIndexes)
        }
    }
}
