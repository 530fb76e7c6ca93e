internal import Synchronization
package import VDBPrimitives
internal import VDBQuantizers
package import VDBStorage

/// The lists of one generation as a snapshot sees them: where each list's blocks lie.
///
/// Safe to use from any number of threads while the snapshot's transaction lives.
package final class InvertedLists: @unchecked Sendable {
    // @unchecked: the memory behind the pointers never changes after `init`, but for the counts,
    // which are atomic.
    /// By index of the centroid, the number of the list.
    package let numbers: [UInt32]
    package var listCount: Int { numbers.count }
    /// By index of the centroid, where its list's blocks are among all blocks.
    private let ranges: UnsafeMutableBufferPointer<Range<Int>>
    private let blocks: ResolvedValues
    /// What a scan needs of each block, side by side, as it comes to them at random.
    private let slots: UnsafeMutablePointer<Slot>

    private struct Slot: ~Copyable {
        let start: UnsafeRawPointer
        /// The number of entries, once the block has been checked; 0 before.
        let count = Atomic<UInt32>(0)
        /// Whether the columns have been parsed.
        let hasSoundColumns = Atomic<Bool>(false)
    }

    /// Finds the blocks of the lists called `numbers`.
    ///
    /// - Parameters:
    ///   - earlier: the snapshot before, still alive.
    ///   - changed: the lists that differ from it; nil if nobody knows. Only those are looked up,
    ///     the places of all others are taken over.
    package init(
        numbers: [UInt32], earlier: InvertedLists?, changed: Set<UInt32>? = nil, _ access: Access
    ) throws(StorageError) {
        self.numbers = numbers
        var walk = try Walk(numbers, access)
        if let changed, let earlier, access.environment.keepsRuns {
            try walk.go(from: earlier, changed: changed)
        } else {
            try walk.goThroughAll()
        }
        // Places of entries are numbered with 32 bits.
        guard walk.entries.count <= Int(UInt32.max) / ListBlock.capacity else {
            throw .damaged(
                table: walk.table.name, key: "",
                failure: .inconsistent("\(walk.entries.count) blocks"))
        }
        blocks = try ResolvedValues(
            table: walk.table, kind: ValueKind.listBlock,
            versions: ListBlock.layoutVersion...ListBlock.layoutVersion,
            entries: walk.entries, earlier: earlier?.blocks)
        ranges = .allocate(capacity: walk.ranges.count)
        _ = ranges.initialize(from: walk.ranges)
        slots = .allocate(capacity: max(walk.entries.count, 1))
        for index in walk.entries.indices {
            (slots + index).initialize(to: Slot(start: blocks.start(index)))
        }
        guard let earlier else { return }
        for (from, to) in walk.taken {
            let count = earlier.slots[from].count.load(ordering: .acquiring)
            slots[to].count.store(count, ordering: .releasing)
        }
    }

    deinit {
        ranges.deallocate()
        slots.deinitialize(count: blocks.count)
        slots.deallocate()
    }

    /// The collection of lists' blocks in the order of their keys.
    private struct Walk: ~Copyable {
        let table: Table
        let access: Access
        private let cursor: Cursor
        /// Indices of the lists by ascending number.
        private let order: [Int]
        private let numbers: [UInt32]
        var entries: [(key: Key, value: UnsafeRawBufferPointer)] = []
        var ranges: [Range<Int>]
        /// Blocks that are where they were: there and here.
        var taken: [(from: Int, to: Int)] = []

        init(_ numbers: [UInt32], _ access: Access) throws(StorageError) {
            table = access.environment.table(.lists)
            self.access = access
            self.numbers = numbers
            cursor = try access.cursor(table)
            order = numbers.indices.sorted { numbers[$0] < numbers[$1] }
            ranges = [Range<Int>](repeating: 0..<0, count: numbers.count)
        }

        /// Passes over lists that are not asked for.
        mutating func goThroughAll() throws(StorageError) {
            var rank = 0
            guard let first = order.first else { return }
            var found = try cursor.seek(Keys.block(list: numbers[first], block: 0))
            while let entry = found {
                let (list, block) = try Self.parts(of: entry, table)
                while rank < order.count, numbers[order[rank]] < list { rank += 1 }
                guard rank < order.count else { return }
                if numbers[order[rank]] == list { add(entry, list, block, to: order[rank]) }
                found = try cursor.next()
            }
        }

        mutating func go(
            from earlier: InvertedLists, changed: Set<UInt32>
        ) throws(StorageError) {
            var known: [UInt32: Int] = [:]
            for (index, number) in earlier.numbers.enumerated() { known[number] = index }
            for index in order {
                let number = numbers[index]
                guard let old = known[number], !changed.contains(number) else {
                    try look(up: number, index)
                    continue
                }
                let start = entries.count
                for block in earlier.ranges[old] {
                    taken.append((block, entries.count))
                    entries.append(earlier.blocks.entry(block))
                }
                ranges[index] = start..<entries.count
            }
        }

        private mutating func look(up number: UInt32, _ index: Int) throws(StorageError) {
            var found = try cursor.seek(Keys.block(list: number, block: 0))
            while let entry = found {
                let (list, block) = try Self.parts(of: entry, table)
                guard list == number else { return }
                add(entry, list, block, to: index)
                found = try cursor.next()
            }
        }

        private mutating func add(
            _ entry: Cursor.Entry, _ list: UInt32, _ block: UInt32, to index: Int
        ) {
            let start = ranges[index].isEmpty ? entries.count : ranges[index].lowerBound
            entries.append((Keys.block(list: list, block: block), entry.value))
            ranges[index] = start..<entries.count
        }

        private static func parts(
            of entry: Cursor.Entry, _ table: Table
        ) throws(StorageError) -> (list: UInt32, block: UInt32) {
            guard let list = entry.keyPart(UInt32.self), entry.key.count == 8,
                let block = entry.keyPart(UInt32.self, at: 4)
            else {
                throw .damaged(
                    table: table.name, key: describe(key: entry.key),
                    failure: .inconsistent("a key of \(entry.key.count) bytes"))
            }
            return (list, block)
        }
    }

    package var blockCount: Int { blocks.count }

    /// The indices of a list's blocks, for `block`.
    package func blockIndices(ofList index: Int) -> Range<Int> {
        precondition(index >= 0 && index < listCount, "list \(index) of \(listCount)")
        return ranges[index]
    }

    /// A block as a scan reads it, parsed and checked on the first touch only.
    package func scanBlock(_ index: Int, _ shape: BlockShape) throws(StorageError) -> ScanBlock {
        ScanBlock(at: slots[index].start, shape, count: try entryCount(ofBlock: index, shape))
    }

    /// Where the row of an entry stands.
    @inline(__always)
    private func rowAddress(
        _ place: EntryPlace, _ shape: BlockShape
    ) throws(StorageError) -> UnsafePointer<UInt32> {
        let count = try entryCount(ofBlock: place.block, shape)
        return shape.rows(ofBlockAt: slots[place.block].start, count: count) + place.position
    }

    /// The rows of entries, each of which lies in a line of its own that no scan has touched.
    ///
    /// - Parameters:
    ///   - places: `count` of them, as in `EntryPlace`.
    ///   - rows: room for as many.
    package func findRows(
        ofPlaces places: UnsafePointer<UInt32>, count: Int, _ shape: BlockShape,
        into rows: UnsafeMutablePointer<UInt32>
    ) throws(StorageError) {
        for index in 0..<count {
            SelectionKernel.prefetch(try rowAddress(EntryPlace(places[index]), shape))
        }
        for index in 0..<count {
            rows[index] = try rowAddress(EntryPlace(places[index]), shape).pointee
        }
    }

    @inline(__always)
    private func entryCount(
        ofBlock index: Int, _ shape: BlockShape
    ) throws(StorageError) -> Int {
        precondition(index >= 0 && index < blocks.count, "block \(index) of \(blocks.count)")
        let count = slots[index].count.load(ordering: .acquiring)
        return Int(count > 0 ? count : try firstCount(index, shape))
    }

    @inline(never)
    private func firstCount(_ index: Int, _ shape: BlockShape) throws(StorageError) -> UInt32 {
        let block = try blocks.decode(index) { (value) throws(DecodingFailure) in
            let block = try ListBlock(value)
            guard block.codec == shape.codec, block.subspaceCount == shape.subspaceCount else {
                throw .inconsistent(
                    "codes of \(block.subspaceCount) subspaces (\(block.codec)), the models say "
                        + "\(shape.subspaceCount) (\(shape.codec))")
            }
            return block
        }
        slots[index].count.store(UInt32(block.count), ordering: .releasing)
        return UInt32(block.count)
    }

    package func block(_ index: Int) throws(StorageError) -> ListBlock {
        try blocks.decode(index) { (value) throws(DecodingFailure) in try ListBlock(value) }
    }

    /// A block's attribute columns.
    package func columns(
        ofBlock index: Int, shape: RecordShape
    ) throws(StorageError) -> [ColumnView] {
        try blocks.decode(index) { (value) throws(DecodingFailure) in
            try ListBlock(value).columns(shape: shape)
        }
    }

    /// A block's attribute columns up to `last`, into memory that is used again; parsed on the
    /// first touch only.
    package func columns(
        ofBlock index: Int, _ block: ScanBlock, shape: RecordShape, through last: Int,
        into views: inout [ColumnView]
    ) throws(StorageError) {
        if slots[index].hasSoundColumns.load(ordering: .acquiring) {
            ColumnBuffer.walk(
                block.columns, shape: shape, count: block.count, through: last, into: &views)
        } else {
            views = try columns(ofBlock: index, shape: shape)
            slots[index].hasSoundColumns.store(true, ordering: .releasing)
        }
    }

    /// A block's entries, unpacked.
    package func entries(
        ofBlock index: Int, shape: RecordShape
    ) throws(StorageError) -> ListEntries {
        try blocks.decode(index) { (value) throws(DecodingFailure) in
            try ListBlock(value).entries(shape: shape)
        }
    }

    /// Bytes of a block's value, prologue and padding included.
    package func size(ofBlock index: Int) throws(StorageError) -> Int {
        try blocks.value(index).count
    }

    /// Entries of a list, those of dead rows included: all blocks but the last are full.
    package func entryCount(ofList index: Int) throws(StorageError) -> Int {
        let range = ranges[index]
        guard let last = range.last else { return 0 }
        return (range.count - 1) * ListBlock.capacity + (try block(last).count)
    }

    package func key(ofBlock index: Int) -> Key { blocks.key(index) }
}
