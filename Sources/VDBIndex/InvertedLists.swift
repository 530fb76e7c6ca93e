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
    /// The first list's number; list `i` of the centroids is number `firstList + i`.
    package let firstList: UInt32
    package let listCount: Int
    /// `listCount + 1` indices into the blocks: list i has blocks `starts[i] ..< starts[i + 1]`.
    private let starts: UnsafeMutableBufferPointer<Int>
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

    /// Walks the table; `earlier` is the snapshot before, still alive.
    package init(
        firstList: UInt32, listCount: Int, earlier: InvertedLists?, _ access: Access
    ) throws(StorageError) {
        self.firstList = firstList
        self.listCount = listCount
        var starts: [Int] = []
        starts.reserveCapacity(listCount + 1)
        var entries: [(key: Key, value: UnsafeRawBufferPointer)] = []
        let table = access.environment.table(.lists)
        let cursor = try access.cursor(table)
        var found = try cursor.seek(Keys.block(list: firstList, block: 0))
        while let entry = found {
            guard let list = entry.keyPart(UInt32.self), entry.key.count == 8,
                let block = entry.keyPart(UInt32.self, at: 4)
            else {
                throw .damaged(
                    table: table.name, key: describe(key: entry.key),
                    failure: .inconsistent("a key of \(entry.key.count) bytes"))
            }
            guard list - firstList < listCount else { break }
            while starts.count <= Int(list - firstList) { starts.append(entries.count) }
            entries.append((Keys.block(list: list, block: block), entry.value))
            found = try cursor.next()
        }
        while starts.count <= listCount { starts.append(entries.count) }
        blocks = try ResolvedValues(
            table: table, kind: ValueKind.listBlock,
            versions: ListBlock.layoutVersion...ListBlock.layoutVersion,
            entries: entries, earlier: earlier?.blocks)
        self.starts = .allocate(capacity: starts.count)
        _ = self.starts.initialize(from: starts)
        slots = .allocate(capacity: max(entries.count, 1))
        for index in entries.indices {
            (slots + index).initialize(to: Slot(start: blocks.start(index)))
        }
    }

    deinit {
        starts.deallocate()
        slots.deinitialize(count: blocks.count)
        slots.deallocate()
    }

    package var blockCount: Int { blocks.count }

    /// The indices of a list's blocks, for `block`.
    package func blockIndices(ofList index: Int) -> Range<Int> {
        precondition(index >= 0 && index < listCount, "list \(index) of \(listCount)")
        return starts[index]..<starts[index + 1]
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

    package func key(ofBlock index: Int) -> Key { blocks.key(index) }
}
