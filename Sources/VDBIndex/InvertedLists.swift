package import VDBPrimitives
package import VDBStorage

/// The lists of one generation as a snapshot sees them: where each list's blocks lie.
///
/// Safe to use from any number of threads while the snapshot's transaction lives.
package final class InvertedLists: Sendable {
    /// The first list's number; list `i` of the centroids is number `firstList + i`.
    package let firstList: UInt32
    package let listCount: Int
    /// `listCount + 1` indices into the blocks: list i has blocks `starts[i] ..< starts[i + 1]`.
    private let starts: [Int]
    private let blocks: ResolvedValues

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
        self.starts = starts
        blocks = try ResolvedValues(
            table: table, kind: ValueKind.listBlock, version: ListBlock.layoutVersion,
            entries: entries, earlier: earlier?.blocks)
    }

    package var blockCount: Int { blocks.count }

    /// The indices of a list's blocks, for `block`.
    package func blockIndices(ofList index: Int) -> Range<Int> {
        starts[index]..<starts[index + 1]
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

    package func key(ofBlock index: Int) -> Key { blocks.key(index) }
}
