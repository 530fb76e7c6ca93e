package import VDBPrimitives

extension CompiledFilter {
    /// The most entries of one call.
    package static let maximumEntryCount = 65_536

    /// Sets bit i of `mask` if and only if entry i matches; bits from `count` on become 0.
    ///
    /// Works in words of 64 entries and skips words that are decided. Memory is needed only where
    /// `and` and `or` are nested: one more mask per level, on the stack up to 8,192 entries.
    ///
    /// - Parameters:
    ///   - columns: one per physical column, in the order of the schema, each with at least
    ///     `count` cells of the schema's width. Only `columnsUsed` are looked at.
    ///   - count: at most 65,536.
    ///   - mask: at least `⌈count / 64⌉` words; what is in it is overwritten.
    package func evaluate(
        _ columns: [ColumnView], count: Int, into mask: UnsafeMutableBufferPointer<UInt64>
    ) {
        precondition(
            count >= 0 && count <= Self.maximumEntryCount && mask.count * 64 >= count,
            "filter of \(count) entries into \(mask.count) words")
        for column in columnsUsed {
            precondition(
                column < columns.count && columns[column].count >= count,
                "filter of \(count) entries needs column \(column) of \(columns.count)")
        }
        let run = EntryRun(columns: columns, count: count)
        mask.update(repeating: 0)
        for word in 0..<run.wordCount { mask[word] = run.members(word) }
        root.narrow(run, UnsafeMutableBufferPointer(rebasing: mask[..<run.wordCount]))
    }

    /// Whether one record matches, given its cells, one per physical column; nil is null.
    package func matches(_ cells: [UInt64?]) -> Bool { root.matches(cells) }
}

/// The entries that are being evaluated.
struct EntryRun {
    let columns: [ColumnView]
    let count: Int

    var wordCount: Int { (count + 63) / 64 }

    /// Entries that the word stands for: 64, except in the last.
    func entryCount(_ word: Int) -> Int { min(64, count - word * 64) }

    /// A bit for every entry of the word.
    func members(_ word: Int) -> UInt64 { UInt64.max >> UInt64(64 - entryCount(word)) }

    /// A bit for every entry of the word that is not null.
    func valid(_ column: Int, _ word: Int) -> UInt64 {
        columns[column].validity.map { $0[word] } ?? .max
    }
}

extension CompiledFilter.Node {
    typealias Mask = UnsafeMutableBufferPointer<UInt64>

    /// Clears the bits of the entries that do not match.
    fileprivate func narrow(_ run: EntryRun, _ mask: Mask) {
        switch self {
        case .conjunction(let nodes):
            for node in nodes { node.narrow(run, mask) }
        case .disjunction(let nodes):
            // Those that are out already count as decided.
            withScratch(mask.count) { matched in
                for word in mask.indices { matched[word] = ~mask[word] }
                for node in nodes { node.widen(run, matched) }
                for word in mask.indices { mask[word] &= matched[word] }
            }
        case .ranges(let test):
            for word in mask.indices where mask[word] != 0 {
                mask[word] &= test.matches(run, word)
            }
        case .region(let test):
            for word in mask.indices where mask[word] != 0 {
                mask[word] &= test.matches(run, word, among: mask[word])
            }
        }
    }

    /// Sets the bits of the entries that match.
    fileprivate func widen(_ run: EntryRun, _ mask: Mask) {
        switch self {
        case .disjunction(let nodes):
            for node in nodes { node.widen(run, mask) }
        case .conjunction(let nodes):
            withScratch(mask.count) { matched in
                for word in mask.indices { matched[word] = ~mask[word] }
                for node in nodes { node.narrow(run, matched) }
                for word in mask.indices { mask[word] |= matched[word] }
            }
        case .ranges(let test):
            for word in mask.indices where mask[word] != .max {
                mask[word] |= test.matches(run, word)
            }
        case .region(let test):
            for word in mask.indices where mask[word] != .max {
                mask[word] |= test.matches(run, word, among: ~mask[word])
            }
        }
    }

    private func withScratch(_ wordCount: Int, _ body: (Mask) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: wordCount, body)
    }

    /// Whether one record matches.
    fileprivate func matches(_ cells: [UInt64?]) -> Bool {
        switch self {
        case .conjunction(let nodes): nodes.allSatisfy { $0.matches(cells) }
        case .disjunction(let nodes): nodes.contains { $0.matches(cells) }
        case .ranges(let test): test.matches(cells[test.column])
        case .region(let test): test.matches(cells[test.column], cells[test.column + 1])
        }
    }
}

extension RangeTest {
    /// Whether a cell matches.
    func matches(_ cell: UInt64?) -> Bool {
        guard let cell else { return isNegated }
        return isInRange(cell) != isNegated
    }

    private func isInRange(_ cell: UInt64) -> Bool {
        let index = ranges.partitionPoint { $0.high >= cell }
        return index < ranges.count && ranges[index].low <= cell
    }

    /// A bit for every entry of the word that matches; bits past the last entry mean nothing.
    func matches(_ run: EntryRun, _ word: Int) -> UInt64 {
        let valid = run.valid(column, word)
        let bits = valid == 0 ? 0 : valid & (isAnything ? .max : inRange(run, word))
        return isNegated ? ~bits : bits
    }

    private func inRange(_ run: EntryRun, _ word: Int) -> UInt64 {
        let view = run.columns[column]
        precondition(view.width == width, "column \(column) has cells of \(view.width.size) bytes")
        let scan = CellScan(view: view, start: word * 64, count: run.entryCount(word))
        if let table { return scan.matches { table.contains($0) } }
        if ranges.count > Self.scannedRangeCount { return scan.matches { isInRange($0) } }
        var bits: UInt64 = 0
        for range in ranges { bits |= scan.matches(range) }
        return bits
    }
}

extension RegionTest {
    /// Whether a location matches.
    func matches(_ latitude: UInt64?, _ longitude: UInt64?) -> Bool {
        guard let latitude, let longitude else { return isNegated }
        let isNear = rectangles.contains {
            $0.latitude.contains(latitude) && $0.longitude.contains(longitude)
        }
        return (isNear && isInside(latitude, longitude)) != isNegated
    }

    /// A bit for every entry of `candidates` in the word that matches; others mean nothing.
    ///
    /// Only entries within the rectangles, and asked for, are worth the exact test.
    func matches(_ run: EntryRun, _ word: Int, among candidates: UInt64) -> UInt64 {
        let valid = run.valid(column, word) & run.valid(column + 1, word) & run.members(word)
        let count = run.entryCount(word)
        let latitudes = CellScan(view: run.columns[column], start: word * 64, count: count)
        let longitudes = CellScan(view: run.columns[column + 1], start: word * 64, count: count)
        var near: UInt64 = 0
        for rectangle in rectangles where valid & candidates != 0 {
            let inLatitude = latitudes.matches(rectangle.latitude)
            if inLatitude & valid == 0 { continue }
            near |= inLatitude & longitudes.matches(rectangle.longitude)
        }
        near &= valid & candidates
        let bits = exact == .rectangles ? near : inside(near, latitudes, longitudes)
        return isNegated ? ~bits : bits
    }

    private func inside(_ near: UInt64, _ latitudes: CellScan, _ longitudes: CellScan) -> UInt64 {
        var bits = near
        var rest = near
        if near != 0, case .cap(let cap) = exact {
            let known = cap.bounds(latitudes, longitudes)
            bits &= ~known.outside
            rest = bits & ~known.inside
        }
        while rest != 0 {
            let entry = rest.trailingZeroBitCount
            rest &= rest - 1
            if !isInside(latitudes[entry], longitudes[entry]) { bits &= ~(1 << UInt64(entry)) }
        }
        return bits
    }

    private func isInside(_ latitudeCell: UInt64, _ longitudeCell: UInt64) -> Bool {
        switch exact {
        case .rectangles: true
        case .cap(let cap): cap.contains(latitudeCell, longitudeCell)
        case .polygon(let polygon):
            polygon.contains(
                latitude: Cells.latitude(latitudeCell), longitude: Cells.longitude(longitudeCell))
        }
    }
}
