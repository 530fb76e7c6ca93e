package import VDBPrimitives

extension CompiledFilter {
    /// The most entries of one call.
    package static let maximumEntryCount = 65_536

    /// Sets bit i of `mask` if and only if entry i matches; bits from `count` on become 0.
    ///
    /// Works in strips of 256 entries and skips strips that are decided. Memory is needed only
    /// where `and` and `or` are nested: one more mask per level, on the stack up to 8,192 entries.
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
        mask.update(repeating: 0)
        columns.withUnsafeBufferPointer { columns in
            let run = EntryRun(columns: columns, count: count)
            for word in 0..<run.wordCount { mask[word] = run.members(word) }
            root.narrow(run, UnsafeMutableBufferPointer(rebasing: mask[..<run.wordCount]))
        }
    }

    /// Whether one record matches, given its cells, one per physical column; nil is null.
    package func matches(_ cells: [UInt64?]) -> Bool { root.matches(cells) }
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
            narrow(run, mask) { strip, _ in test.matches(strip) }
        case .region(let test):
            narrow(run, mask) { strip, known in test.matches(strip, among: known) }
        }
    }

    /// - Parameter matches: a bit for each entry of a strip that matches, of those asked for.
    @inline(__always)
    private func narrow(
        _ run: EntryRun, _ mask: Mask, by matches: (EntryStrip, EntryStrip.Bits) -> EntryStrip.Bits
    ) {
        for strip in run.strips {
            let known = strip.bits(of: UnsafeBufferPointer(mask))
            if known != .zero { strip.store(known & matches(strip, known), into: mask) }
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
            widen(run, mask) { strip, _ in test.matches(strip) }
        case .region(let test):
            widen(run, mask) { strip, asked in test.matches(strip, among: asked) }
        }
    }

    /// - Parameter matches: a bit for each entry of a strip that matches, of those asked for.
    @inline(__always)
    private func widen(
        _ run: EntryRun, _ mask: Mask, by matches: (EntryStrip, EntryStrip.Bits) -> EntryStrip.Bits
    ) {
        for strip in run.strips {
            let known = strip.bits(of: UnsafeBufferPointer(mask))
            let asked = ~known & strip.members
            if asked != .zero { strip.store(known | matches(strip, asked), into: mask) }
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

    /// A bit for every entry that matches; bits past the last entry mean nothing.
    func matches(_ strip: EntryStrip) -> EntryStrip.Bits {
        let valid = strip.valid(column)
        let bits = isAnything || valid == .zero ? valid : valid & inRange(strip)
        return isNegated ? ~bits : bits
    }

    private func inRange(_ strip: EntryStrip) -> EntryStrip.Bits {
        let scan = strip.cells(column)
        precondition(
            scan.view.width == width, "column \(column) has cells of \(scan.view.width.size) bytes")
        if let table { return scan.matches { table.contains($0) } }
        if ranges.count > Self.scannedRangeCount { return scan.matches { isInRange($0) } }
        return scan.matches(ranges)
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

    /// A bit for every entry of `candidates` that matches; others mean nothing.
    ///
    /// Only entries within the rectangles, and asked for, are worth the exact test.
    func matches(_ strip: EntryStrip, among candidates: EntryStrip.Bits) -> EntryStrip.Bits {
        let places = PlaceScan(
            latitudes: strip.cells(column).cells(of: UInt32.self),
            longitudes: strip.cells(column + 1).cells(of: UInt32.self), count: strip.count)
        let bits = inRegion(
            places, among: candidates & strip.valid(column) & strip.valid(column + 1))
        return isNegated ? ~bits : bits
    }

    /// A bit for every place of `candidates` that is in the region.
    func inRegion(_ places: PlaceScan, among candidates: PlaceScan.Bits) -> PlaceScan.Bits {
        var bits = places.matches(rectangles) & candidates
        if exact == .rectangles || bits == .zero { return bits }
        var open = bits
        if case .cap(let cap) = exact { open = cap.keep(places, in: &bits) }
        open.forEach { place in
            if !isInside(UInt64(places.latitudes[place]), UInt64(places.longitudes[place])) {
                bits[place >> 6] &= ~(1 << UInt64(place & 63))
            }
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
