internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Where rows stand in the lists.
///
/// Nothing in the tables says it of a row: few are looked for in the list whose centroid is
/// nearest, which nearly always has them; those left, and many, in one pass over all blocks.
struct EntryPlaces {
    /// Entries of one block: places in it, and the rows that stand there.
    struct Block {
        let list: UInt32
        let key: Key
        let entries: [(place: Int, row: UInt32)]
    }

    private(set) var blocks: [Block] = []

    private let lists: InvertedLists
    private let shape: BlockShape
    private var found: [Int: [(place: Int, row: UInt32)]] = [:]
    private var foundCount = 0

    /// Looking at a block costs about as much as so many of an encoder's looks at centroids.
    private static let blocksPerRow = 32

    /// - Parameters:
    ///   - rows: ascending, no two equal; one that is in no list is passed over.
    ///   - vectors: of rows in the tables.
    init(
        of rows: [UInt32], in lists: InvertedLists, _ models: Models, vectors: StoredRows,
        threadCount: Int
    ) throws(StorageError) {
        self.lists = lists
        shape = BlockShape(models.codec, subspaceCount: models.quantizer.shape.subspaceCount)
        guard let last = rows.last else { return }
        var rest = rows
        if rows.count * Self.blocksPerRow < lists.blockCount {
            rest = try lookInNearest(rows, models, vectors, threadCount)
        }
        if !rest.isEmpty { try lookInAll(rest, last: last) }
        for list in 0..<lists.listCount {
            for index in lists.blockIndices(ofList: list) {
                guard let entries = found[index] else { continue }
                blocks.append(
                    Block(
                        list: lists.numbers[list], key: lists.key(ofBlock: index),
                        entries: entries))
            }
        }
    }

    private mutating func note(_ row: UInt32, _ place: Int, ofBlock index: Int) {
        found[index, default: []].append((place, row))
        foundCount += 1
    }

    /// Returns the rows that are not there.
    private mutating func lookInNearest(
        _ rows: [UInt32], _ models: Models, _ vectors: StoredRows, _ threadCount: Int
    ) throws(StorageError) -> [UInt32] {
        var found: [StoredVector] = []
        for row in rows { found.append(try vectors.vector(row)) }
        let nearest = models.coarse.nearest(
            TrainingVectors.matrix(of: found, shape: vectors.shape), threads: threadCount)
        var rest: [UInt32] = []
        for (row, list) in zip(rows, nearest.indices) {
            var isThere = false
            for index in lists.blockIndices(ofList: Int(list)) where !isThere {
                let block = try lists.scanBlock(index, shape)
                guard let place = block.place(of: row) else { continue }
                note(row, place, ofBlock: index)
                isThere = true
            }
            if !isThere { rest.append(row) }
        }
        return rest
    }

    private mutating func lookInAll(_ rows: [UInt32], last: UInt32) throws(StorageError) {
        var isWanted = [Bool](repeating: false, count: Int(last) + 1)
        for row in rows { isWanted[Int(row)] = true }
        let wantedCount = foundCount + rows.count
        for index in 0..<lists.blockCount {
            if foundCount == wantedCount { return }
            let block = try lists.scanBlock(index, shape)
            for place in 0..<block.count {
                let row = block.rows[place]
                if row <= last, isWanted[Int(row)] { note(row, place, ofBlock: index) }
            }
        }
    }
}

extension ScanBlock {
    /// The place of a row among the ascending rows of the block, or nil.
    fileprivate func place(of row: UInt32) -> Int? {
        guard rows[0] <= row, rows[count - 1] >= row else { return nil }
        let place = UnsafeBufferPointer(start: rows, count: count).partitionPoint { $0 >= row }
        return place < count && rows[place] == row ? place : nil
    }
}

extension Engine {
    /// Gives the entries of rows in `lists` the cells that a snapshot shows.
    ///
    /// - Parameters:
    ///   - rows: in the tables and alive, ascending.
    ///   - lists: as they are before the transaction, or as it sees them.
    /// - Returns: the numbers of the lists that have changed.
    func amendLists(
        _ rows: [UInt32], of snapshot: Snapshot, models: Models, lists: InvertedLists,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) -> Set<UInt32> {
        guard !rows.isEmpty else { return [] }
        let places = try EntryPlaces(
            of: rows, in: lists, models, vectors: snapshot.stored.rows, threadCount: threadCount)
        var changed = Set<UInt32>()
        for block in places.blocks {
            var changes: [(place: Int, cells: [UInt64?])] = []
            for entry in block.entries {
                changes.append((entry.place, try snapshot.storedCells(entry.row)))
            }
            try ListWriter.amend(block: block.key, changes, shape: shape, transaction)
            changed.insert(block.list)
        }
        return changed
    }
}
