import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite struct ListBlockTests {
    private let key = Keys.block(list: 3, block: 7)

    @Test(
        "a block gives back the entries that it was made from",
        arguments: Codec.allCases, [1, 2, 31, 32, 33, 64, 255, 256])
    func roundTrip(codec: Codec, count: Int) throws {
        for subspaceCount in [1, 2, 7, 16, 33] {
            var random = RandomSource(seed: UInt64(count * 100 + subspaceCount))
            let entries = ListEntries.random(
                count, codec: codec, subspaceCount: subspaceCount, shape: allWidths, &random)
            let value = ListBlock.encode(entries, key: key, generation: 5)
            try aligned(value) { bytes in
                let block = try ListBlock(bytes)
                #expect(block.count == count)
                #expect(block.codec == codec)
                #expect(block.generation == 5)
                #expect(block.subspaceCount == subspaceCount)
                #expect(try block.entries(shape: allWidths) == entries)
            }
        }
    }

    @Test("padding entries have scale 0 and an infinite offset", arguments: [1, 31, 33, 255])
    func padding(count: Int) throws {
        var random = RandomSource(seed: 1)
        let entries = ListEntries.random(
            count, codec: .pq4, subspaceCount: 3, shape: allWidths, &random)
        try aligned(ListBlock.encode(entries, key: key, generation: 1)) { bytes in
            let block = try ListBlock(bytes)
            for index in count..<ListBlock.paddedCount(count) {
                #expect(block.alphas[index] == 0)
                #expect(block.betas[index] == .infinity)
            }
        }
    }

    @Test("a column's summary is that of its cells, and its nulls are null")
    func summaries() throws {
        var random = RandomSource(seed: 2)
        let entries = ListEntries.random(
            100, codec: .pq8, subspaceCount: 4, shape: allWidths, &random)
        try aligned(ListBlock.encode(entries, key: key, generation: 1)) { bytes in
            let views = try ListBlock(bytes).columns(shape: allWidths)
            for (view, column) in zip(views, entries.columns) {
                let cells = (0..<100).map { column[$0] }
                #expect((0..<100).map { view[$0] } == cells)
                #expect(view.summary.minimum == cells.compactMap { $0 }.min())
                #expect(view.summary.maximum == cells.compactMap { $0 }.max())
                #expect(view.summary.nullCount == cells.count { $0 == nil })
            }
        }
    }

    @Test("columns of nothing but nulls, and of none at all, are kept")
    func extremeColumns() throws {
        var entries = ListEntries(codec: .pq8, subspaceCount: 1, shape: allWidths)
        for row in 0..<70 as Range<UInt32> {
            entries.append(
                code: [1], alpha: 0, beta: 0, row: row, cells: [nil, 4_294_967_295, .max, 0])
        }
        try aligned(ListBlock.encode(entries, key: key, generation: 1)) { bytes in
            let block = try ListBlock(bytes)
            #expect(try block.entries(shape: allWidths) == entries)
            let views = try block.columns(shape: allWidths)
            #expect(views.map(\.summary.nullCount) == [70, 0, 0, 0])
            #expect(views.map { $0.validity == nil } == [false, true, true, true])
        }
    }

    @Test("the codes lie on a cache line of the page, and the value fills pages of its own")
    func alignment() throws {
        var random = RandomSource(seed: 3)
        let shape = RecordShape(dimension: 4, element: .int8, metric: .cosine, columns: [])
        let entries = ListEntries.random(
            1, codec: .pq4, subspaceCount: 1, shape: shape, &random)
        let value = ListBlock.encode(entries, key: key, generation: 1)
        #expect(value.count == AlignedValue.minimumSize)
        try withTables { environment in
            try environment.put(.lists, key, value)
            try environment.read { (access) throws(StorageError) in
                let table = environment.table(.lists)
                guard let stored = try access.value(table, key) else { return }
                let address = UInt(bitPattern: stored.baseAddress)
                #expect((address + UInt(AlignedValue.headerSize)) % 64 == 0)
            }
        }
    }

    @Test("every flipped bit and every cut is detected", arguments: Codec.allCases, [1, 33])
    func damage(codec: Codec, count: Int) throws {
        var random = RandomSource(seed: 4)
        let entries = ListEntries.random(
            count, codec: codec, subspaceCount: 5, shape: allWidths, &random)
        try expectDetection(
            ListBlock.encode(entries, key: key, generation: 1), key: key,
            kind: ValueKind.listBlock
        ) { _ = try ListBlock($0).entries(shape: allWidths) }
    }

    @Test("a header that no block can have is refused")
    func absurdHeaders() throws {
        var random = RandomSource(seed: 5)
        let entries = ListEntries.random(
            40, codec: .pq4, subspaceCount: 5, shape: allWidths, &random)
        let value = ListBlock.encode(entries, key: key, generation: 1)
        // Count 0, 257 and 65535; codec 0 and 9; no subspaces and 65535.
        let changes: [(Int, [UInt8])] = [
            (8, [0, 0]), (8, [1, 1]), (8, [0xFF, 0xFF]), (10, [0]), (10, [9]), (16, [0, 0]),
            (16, [0xFF, 0xFF]),
        ]
        for (offset, bytes) in changes {
            var changed = value
            changed.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            #expect(throws: DecodingFailure.self, "\(bytes) at \(offset)") {
                try aligned(changed) { _ = try ListBlock($0).entries(shape: allWidths) }
            }
        }
    }

    @Test("columns that are not those of the schema are refused")
    func otherSchema() throws {
        var random = RandomSource(seed: 6)
        let entries = ListEntries.random(
            40, codec: .pq8, subspaceCount: 5, shape: allWidths, &random)
        let other = RecordShape(
            dimension: 12, element: .float32, metric: .euclidean, columns: [.eight, .four])
        try aligned(ListBlock.encode(entries, key: key, generation: 1)) { bytes in
            let block = try ListBlock(bytes)
            #expect(throws: DecodingFailure.self) { _ = try block.columns(shape: other) }
        }
    }
}
