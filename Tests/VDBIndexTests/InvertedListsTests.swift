import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite struct InvertedListsTests {
    private func append(
        _ sizes: [UInt32: Int], _ environment: Environment
    ) throws -> [UInt32: ListEntries] {
        var random = RandomSource(seed: 1)
        var written: [UInt32: ListEntries] = [:]
        for (list, size) in sizes.sorted(by: { $0.key < $1.key }) {
            let entries = ListEntries.random(
                size, codec: .pq4, subspaceCount: 4, shape: allWidths, firstRow: list * 1000,
                &random)
            try environment.change { (transaction) throws(StorageError) in
                try ListWriter.append(
                    entries, to: list, generation: 1, shape: allWidths, transaction)
            }
            written[list] = entries
        }
        return written
    }

    @Test("each list of a generation has its own blocks, and empty lists have none")
    func agreesWithWritten() throws {
        try withTables { environment in
            // Lists 3 and 20 belong to other generations.
            let written = try append([3: 10, 10: 300, 12: 1, 13: 256, 15: 700, 20: 5], environment)
            try environment.read { (access) throws(StorageError) in
                let lists = try InvertedLists(
                    numbers: Array(10..<18), earlier: nil, access)
                #expect(lists.blockCount == 7)
                for index in 0..<8 {
                    let range = lists.blockIndices(ofList: index)
                    let expected = written[UInt32(10 + index)]
                    #expect(range.count == ((expected?.count ?? 0) + 255) / 256)
                    var rows: [UInt32] = []
                    for block in range {
                        let found = try lists.block(block)
                        rows += (0..<found.count).map { found.rows[$0] }
                        let columns = try lists.columns(ofBlock: block, shape: allWidths)
                        #expect(columns.count == 4)
                        #expect(columns.allSatisfy { $0.count == found.count })
                        #expect(
                            lists.key(ofBlock: block)
                                == Keys.block(
                                    list: UInt32(10 + index),
                                    block: UInt32(block - range.lowerBound)))
                    }
                    #expect(rows == expected?.rows ?? [])
                }
            }
        }
    }

    @Test("a generation without a single block has empty lists")
    func noBlocks() throws {
        try withTables { environment in
            let count = try environment.read { (access) throws(StorageError) in
                let lists = try InvertedLists(numbers: Array(1..<4), earlier: nil, access)
                #expect((0..<3).allSatisfy { lists.blockIndices(ofList: $0).isEmpty })
                return lists.blockCount
            }
            #expect(count == 0)
        }
    }

    @Test("a damaged block is noticed on first touch, and every time")
    func firstTouch() throws {
        try withTables { environment in
            _ = try append([1: 600], environment)
            let key = Keys.block(list: 1, block: 1)
            var value = try environment.value(.lists, key)
            value[value.count - 1] ^= 0x80
            try environment.put(.lists, key, value)
            try environment.read { (access) throws(StorageError) in
                let lists = try InvertedLists(numbers: Array(1..<2), earlier: nil, access)
                _ = try lists.block(0)
                for _ in 0..<2 {
                    do throws(StorageError) {
                        _ = try lists.block(1)
                        Issue.record("the damage was not noticed")
                    } catch {
                        guard case .damaged("lists", "0000000100000001", .checksumMismatch) = error
                        else {
                            Issue.record("\(error)")
                            continue
                        }
                    }
                }
                _ = try lists.block(2)
            }
        }
    }

    @Test("what an earlier snapshot has checked is not trusted after it was written anew")
    func carriedChecks() throws {
        try withTables { environment in
            _ = try append([1: 600], environment)
            let first = try environment.beginRead()
            let before = try InvertedLists(
                numbers: Array(1..<2), earlier: nil, first.access)
            for block in 0..<3 { _ = try before.block(block) }
            let key = Keys.block(list: 1, block: 2)
            var value = try environment.value(.lists, key)
            value[60] ^= 1
            try environment.put(.lists, key, value)
            try environment.read { (access) throws(StorageError) in
                let after = try InvertedLists(
                    numbers: Array(1..<2), earlier: before, access)
                _ = try after.block(0)
                #expect(throws: StorageError.self) { _ = try after.block(2) }
            }
            _ = try before.block(2)
            _ = consume first
        }
    }

    @Test("a value too short for a prologue is damage before it is touched")
    func tooShort() throws {
        try withTables { environment in
            try environment.put(.lists, Keys.block(list: 1, block: 0), [1, 2, 3])
            #expect(throws: StorageError.self) {
                try environment.read { (access) throws(StorageError) in
                    _ = try InvertedLists(numbers: Array(1..<2), earlier: nil, access)
                }
            }
        }
    }
}
