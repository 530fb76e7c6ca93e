import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite struct ListWriterTests {
    /// The blocks of a list, unpacked, in the order of their keys.
    private func blocks(
        of list: UInt32, _ access: Access
    ) throws(StorageError) -> [ListEntries] {
        let lists = try InvertedLists(numbers: [list], earlier: nil, access)
        var blocks: [ListEntries] = []
        for index in lists.blockIndices(ofList: 0) {
            let block = try lists.block(index)
            do throws(DecodingFailure) {
                blocks.append(try block.entries(shape: allWidths))
            } catch {
                throw .damaged(table: "lists", key: "", failure: error)
            }
        }
        return blocks
    }

    @Test(
        "many appends give the same entries in order, and only the last block is partial",
        arguments: Codec.allCases, [1, 2] as [UInt64])
    func agreesWithModel(codec: Codec, seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let empty = ListEntries(codec: codec, subspaceCount: 3, shape: allWidths)
        var model: [UInt32: ListEntries] = [:]
        try withTables { environment in
            for round in 0..<30 as Range<UInt32> {
                let list = UInt32(1 + random.next(below: 3))
                let size = [0, 1, 5, 255, 256, 257, 600][random.next(below: 7)]
                let added = ListEntries.random(
                    size, codec: codec, subspaceCount: 3, shape: allWidths,
                    firstRow: round * 1000, &random)
                try environment.change { (transaction) throws(StorageError) in
                    try ListWriter.append(
                        added, to: list, generation: 1, shape: allWidths, transaction)
                }
                model[list, default: empty].append(contentsOf: added)
            }
            for (list, expected) in model {
                let blocks = try environment.read { (access) throws(StorageError) in
                    try self.blocks(of: list, access)
                }
                #expect(blocks.dropLast().allSatisfy { $0.count == ListBlock.capacity })
                #expect(blocks.allSatisfy { $0.count > 0 })
                var entries = empty
                for block in blocks { entries.append(contentsOf: block) }
                #expect(entries == expected)
            }
        }
    }

    @Test("appending says how many blocks it wrote, and does not touch the full ones")
    func blocksWritten() throws {
        var random = RandomSource(seed: 1)
        try withTables { environment in
            var written: [Int] = []
            for size in [0, 200, 56, 1, 512] {
                let added = ListEntries.random(
                    size, codec: .pq8, subspaceCount: 2, shape: allWidths, &random)
                try environment.change { (transaction) throws(StorageError) in
                    written.append(
                        try ListWriter.append(
                            added, to: 4, generation: 1, shape: allWidths, transaction))
                }
            }
            #expect(written == [0, 1, 1, 1, 3])
        }
    }

    @Test(
        "a list is replaced as a whole, whether it grows or shrinks, and the others stay",
        arguments: [0, 1, 256, 257, 1000])
    func replacement(count: Int) throws {
        var random = RandomSource(seed: 2)
        try withTables { environment in
            for list in 1...3 as ClosedRange<UInt32> {
                let added = ListEntries.random(
                    600, codec: .pq8, subspaceCount: 2, shape: allWidths, &random)
                try environment.change { (transaction) throws(StorageError) in
                    try ListWriter.append(
                        added, to: list, generation: 1, shape: allWidths, transaction)
                }
            }
            let other = ListEntries.random(
                count, codec: .pq8, subspaceCount: 2, shape: allWidths, &random)
            try environment.change { (transaction) throws(StorageError) in
                try ListWriter.replace(2, with: other, generation: 1, transaction)
            }
            let (counts, rows) = try environment.read { (access) throws(StorageError) in
                let lists = try InvertedLists(numbers: [1, 2, 3], earlier: nil, access)
                var rows: [UInt32] = []
                for block in lists.blockIndices(ofList: 1) {
                    rows += try lists.entries(ofBlock: block, shape: allWidths).rows
                }
                return ((0..<3).map { lists.blockIndices(ofList: $0).count }, rows)
            }
            #expect(counts == [3, (count + 255) / 256, 3])
            #expect(rows == other.rows)
        }
    }

    @Test("a damaged last block stops an append")
    func damagedBlock() throws {
        var random = RandomSource(seed: 3)
        let added = ListEntries.random(
            20, codec: .pq4, subspaceCount: 2, shape: allWidths, &random)
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try ListWriter.append(
                    added, to: 1, generation: 1, shape: allWidths, transaction)
            }
            let key = Keys.block(list: 1, block: 0)
            var value = try environment.value(.lists, key)
            value[100] ^= 4
            try environment.put(.lists, key, value)
            #expect(throws: StorageError.self) {
                try environment.change { (transaction) throws(StorageError) in
                    try ListWriter.append(
                        added, to: 1, generation: 1, shape: allWidths, transaction)
                }
            }
        }
    }
}
