internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Brings the rows of the tables that match a filter into the scratch memory: candidates from the
/// indexes of attributes, intersected where there are several, the rest of the filter on their
/// cells.
struct FilterRows {
    let snapshot: Snapshot
    let filter: PreparedFilter
    let scratch: SearchScratch

    private var stored: StoredRows { snapshot.stored.rows }
    private var index: AttributeIndex { snapshot.stored.attributes }

    /// Rows that fulfil one condition, as runs in an index.
    private struct Run {
        /// Places in the segment, and its first row.
        let places: UnsafeBufferPointer<UInt16>
        let first: UInt32
        /// What the keys of the places must pass.
        var test: (test: KeyTest, keys: UnsafePointer<UInt64>)?

        /// Runs `body` with the rows.
        @inline(__always)
        func forEach(_ body: (UInt32) -> Void) {
            guard let (test, keys) = test else {
                for place in places { body(first &+ UInt32(place)) }
                return
            }
            for start in stride(from: 0, to: places.count, by: KeyTest.capacity) {
                let count = min(KeyTest.capacity, places.count - start)
                let passing = test.matches(keys + start, count: count)
                for word in passing.indices {
                    passing[word].forEachSetBit { bit in
                        body(first &+ UInt32(places[start + word * 64 + bit]))
                    }
                }
            }
        }
    }

    /// The live rows that match, but for those that are amended.
    ///
    /// - Parameter limit: the most candidates to look at.
    /// - Returns: the count of rows in the scratch memory, and how many rows were looked at; nil
    ///   if there are more candidates than that, or only looking at all rows finds them.
    func findLive(limit: Int) throws(StorageError) -> (count: Int, seenCount: Int)? {
        let found: (count: Int, seenCount: Int)
        if let known = filter.rows {
            scratch.rows.value.reserve(known.rows.count)
            known.rows.withUnsafeBufferPointer { rows in
                guard let start = rows.baseAddress else { return }
                scratch.rows.value.start.update(from: start, count: rows.count)
            }
            found = (known.rows.count, known.rows.count)
        } else {
            guard let gathered = try gather(limit: limit) else { return nil }
            filter.keep(
                UnsafeBufferPointer(start: scratch.rows.value.start, count: gathered.count),
                seenCount: gathered.seenCount)
            found = gathered
        }
        scratch.reserveRows(found.count, keepingRows: found.count)
        return (dropDead(found.count, among: snapshot.hidden), found.seenCount)
    }

    /// All rows that match, but for those that are dead in the tables.
    private func gather(limit: Int) throws(StorageError) -> (count: Int, seenCount: Int)? {
        let estimate = try filter.estimate(in: snapshot.stored)
        guard let conjuncts = estimate.conjuncts, let first = conjuncts.first else { return nil }
        let cost = IntersectionCost(
            conjuncts, columnCount: filter.compiled.columnsUsed.count,
            rowCount: Double(stored.count))
        let runs = try runs(of: first.estimate)
        let candidateCount = runs.count
        guard candidateCount <= limit else { return nil }
        let tail = index.coveredCount..<stored.count
        scratch.rows.value.reserve(2 * candidateCount + tail.count)
        var count = take(runs.runs)
        if case .any = first.estimate { count = withoutRepeats(count) }
        for conjunct in conjuncts[1..<cost.usedCount] {
            count = intersect(count, try self.runs(of: conjunct.estimate).runs)
        }
        // The cells of these may be gone.
        count = dropDead(count, among: snapshot.stored.dead)
        let isAnswered = cost.usedCount == conjuncts.count && conjuncts.allSatisfy(\.isExact)
        if !isAnswered { count = try narrow(count) }
        count = try appendTail(tail, to: count)
        return (count, candidateCount + tail.count)
    }

    /// Where the candidates of a condition stand.
    private func runs(
        of estimate: FilterEstimate
    ) throws(StorageError) -> (runs: [Run], count: Int) {
        switch estimate {
        case .leaf(let lookup, let attribute, _, let sampled):
            let ranks =
                sampled.isSample
                ? try KeyRanks(lookup, attribute: attribute, in: index) : sampled
            var runs: [Run] = []
            for run in ranks.runs {
                let segment = try index.segment(attribute: attribute, run.segment)
                runs.append(
                    Run(
                        places: UnsafeBufferPointer(
                            start: segment.places + run.ranks.lowerBound, count: run.ranks.count),
                        first: UInt32(run.segment * AttributeSegment.rowCount),
                        test: lookup.test.map {
                            ($0, segment.wideKeys(from: run.ranks.lowerBound))
                        }))
            }
            return (runs, ranks.count)
        case .all:
            guard let best = estimate.conjuncts?.first else { return ([], 0) }
            return try runs(of: best.estimate)
        case .any(let parts, _):
            var (all, count): ([Run], Int) = ([], 0)
            for part in parts {
                let found = try runs(of: part)
                all += found.runs
                count += found.count
            }
            return (all, count)
        }
    }

    /// Takes the rows of all runs.
    private func take(_ runs: [Run]) -> Int {
        let rows = scratch.rows.value.start
        let covered = UInt32(index.coveredCount)
        var count = 0
        for run in runs {
            run.forEach { row in
                // Damage apart, all rows are covered.
                rows[count] = row
                count += row < covered ? 1 : 0
            }
        }
        return count
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

    /// Keeps those of the first `count` rows that are in the runs too.
    private func intersect(_ count: Int, _ runs: [Run]) -> Int {
        let rows = scratch.rows.value.start
        let covered = UInt32(index.coveredCount)
        return scratch.rowBits.value.withMarks(rowCount: stored.count) { marks in
            for place in 0..<count { marks.set(rows[place]) }
            // Behind the rows, which are needed to remove their marks.
            let kept = rows + count
            var keptCount = 0
            for run in runs {
                run.forEach { row in
                    guard row < covered, marks.take(row) else { return }
                    kept[keptCount] = row
                    keptCount += 1
                }
            }
            for place in 0..<count { marks.remove(rows[place]) }
            rows.update(from: kept, count: keptCount)
            return keptCount
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
                used: filter.compiled.columnsUsed, of: stored)
            filter.compiled.evaluate(views, count: batch, into: scratch.batchMask)
            for (word, bits) in scratch.batchMask[..<((batch + 63) / 64)].enumerated() {
                bits.forEachSetBit { bit in
                    rows[kept] = rows[start + word * 64 + bit]
                    kept += 1
                }
            }
        }
        return kept
    }

    /// Adds the rows that match among those that the indexes do not have yet.
    private func appendTail(_ tail: Range<Int>, to start: Int) throws(StorageError) -> Int {
        guard !tail.isEmpty else { return start }
        var count = start
        var walk = RowWalk(
            snapshot.ofTables, filter: filter.compiled, from: tail.lowerBound)
        while let found = try walk.next() {
            for row in found {
                scratch.rows.value.start[count] = row
                count += 1
            }
        }
        return count
    }

    /// Keeps the rows that are not dead.
    private func dropDead(_ count: Int, among dead: RowSet) -> Int {
        guard dead.count > 0 else { return count }
        let rows = scratch.rows.value.start
        var kept = 0
        for place in 0..<count where !dead.contains(rows[place]) {
            rows[kept] = rows[place]
            kept += 1
        }
        return kept
    }
}
