import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

/// Round trips and damage of the values that have no suite of their own.
@Suite struct ValueTests {
    private var shape: RecordShape {
        RecordShape(dimension: 6, element: .float16, metric: .cosine, columns: [.four])
    }

    @Test("the manifest is read as it was written, and any damage to it is noticed")
    func manifest() throws {
        var manifest = Manifest(identity: (.max, 7), createdMicroseconds: -5, shape: shape)
        manifest.checkpointMicroseconds = 1 << 50
        manifest.appliedPosition = 99
        manifest.rowCount = 1000
        manifest.liveCount = 900
        (manifest.generation, manifest.nextGeneration, manifest.nextList) = (3, 4, 500)
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try manifest.write(transaction)
            }
            let stored = try environment.read { (access) throws(StorageError) in
                try Manifest.read(access)
            }
            #expect(stored == manifest)
            #expect(stored.identity == manifest.identity)
            #expect(stored.nextList == 500)
            try expectDetectionInTable(environment, .manifest, Keys.manifest) {
                (access) throws(StorageError) in _ = try Manifest.read(access)
            }
        }
    }

    @Test("a manifest that contradicts itself is refused")
    func inconsistentManifest() throws {
        var tooMany = Manifest(identity: (1, 2), createdMicroseconds: 0, shape: shape)
        (tooMany.rowCount, tooMany.liveCount) = (5, 6)
        var noPower = Manifest(identity: (1, 2), createdMicroseconds: 0, shape: shape)
        noPower.vectorChunkRowCount = 96
        try withTables { environment in
            #expect(throws: StorageError.self) {
                _ = try environment.read { (access) throws(StorageError) in
                    try Manifest.read(access)
                }
            }
            for manifest in [tooMany, noPower] {
                try environment.change { (transaction) throws(StorageError) in
                    try manifest.write(transaction)
                }
                #expect(throws: StorageError.self) {
                    _ = try environment.read { (access) throws(StorageError) in
                        try Manifest.read(access)
                    }
                }
            }
        }
    }

    @Test("a chunk of vectors gives back its bytes", arguments: [1, 3, 4, 3072], [0, 1, 5, 64])
    func vectorChunk(vectorSize: Int, count: Int) throws {
        var random = RandomSource(seed: 5)
        let vectors = (0..<vectorSize * count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let shape = RecordShape(
            dimension: vectorSize, element: .uint8, metric: .euclidean, columns: [])
        let value = VectorChunk.encode(
            chunk: 9, vectors: vectors, vectorSize: vectorSize, element: .uint8)
        try aligned(value) { bytes in
            let stored = try VectorChunk.vectors(bytes, vectorSize: vectorSize, element: .uint8)
            #expect(stored.bytes(shape) == vectors && stored.element == .uint8)
            #expect(throws: DecodingFailure.self) {
                _ = try VectorChunk.vectors(bytes, vectorSize: vectorSize + 1, element: .uint8)
            }
        }
    }

    /// Components, and the element type that a chunk of such float32 is stored in.
    private static let narrowings: [([Float], ElementType)] = [
        ([0, 1, 255], .uint8), ([-128, 0, 127], .int8), ([0, 128, -1], .float32),
        ([0.5, 1, 2], .float32), ([0, -0.0, 1], .float32), ([256, 0, 0], .float32),
        ([1e30, 0, 0], .float32),
    ]

    @Test("float32 of small whole numbers are kept in bytes, and come back", arguments: narrowings)
    func narrowChunk(components: [Float], element: ElementType) throws {
        let shape = RecordShape(
            dimension: 12, element: .float32, metric: .euclidean, columns: [])
        // The decisive ones in the last vector.
        let floats = [Float](repeating: 1, count: 12 * 40 - 3) + components
        let vectors = floats.withUnsafeBytes { Array($0) }
        let value = VectorChunk.encode(
            chunk: 9, vectors: vectors, vectorSize: 48, element: .float32)
        try aligned(value) { bytes in
            let stored = try VectorChunk.vectors(bytes, vectorSize: 48, element: .float32)
            #expect(stored.element == element && stored.count == 40)
            #expect(stored.bytes(shape) == vectors)
            if element != .float32 {
                // No other schema has narrow chunks.
                #expect(throws: DecodingFailure.self) {
                    _ = try VectorChunk.vectors(bytes, vectorSize: 48, element: .float16)
                }
            }
        }
    }

    @Test("a chunk of layout version 1 is read")
    func earlierChunk() throws {
        let vectors = [UInt8](0..<24)
        var value = VectorChunk.encode(chunk: 9, vectors: vectors, vectorSize: 12, element: .int8)
        value[5] = 1
        #expect(value[16] == 0)
        try aligned(value) { bytes in
            let stored = try VectorChunk.vectors(bytes, vectorSize: 12, element: .int8)
            #expect(stored.count == 2 && stored.element == .int8)
            #expect(VectorChunk.versions.contains(bytes[5]))
        }
    }

    @Test("every flipped bit and every cut of a chunk of vectors is detected")
    func vectorChunkDamage() throws {
        let vectors = (0..<2100).map { UInt8($0 % 255) }
        let value = VectorChunk.encode(
            chunk: 9, vectors: vectors, vectorSize: 12, element: .uint8)
        try expectDetection(
            value, key: Keys.chunk(9), kind: ValueKind.vectorChunk,
            version: VectorChunk.layoutVersion
        ) {
            _ = try VectorChunk.vectors($0, vectorSize: 12, element: .uint8)
        }
    }

    @Test(
        "the rows of a chunk of vectors are a power of two near 256 KiB",
        arguments: [1, 16, 512, 3072, 16_384, 262_144])
    func vectorChunkRows(vectorSize: Int) {
        let count = VectorChunk.rowCount(vectorSize: vectorSize)
        #expect(count.nonzeroBitCount == 1)
        #expect((64...8192).contains(count))
        #expect(count == 8192 || count * vectorSize >= 256 << 10)
        #expect(count == 64 || count * vectorSize < 512 << 10)
    }

    private func rowChunk(_ count: Int) -> (ids: [UInt64], columns: [ColumnBuffer]) {
        var random = RandomSource(seed: UInt64(count))
        let entries = ListEntries.random(
            count, codec: .pq8, subspaceCount: 1, shape: allWidths, &random)
        return ((0..<count).map { _ in random.next() }, entries.columns)
    }

    @Test("a chunk of rows gives back ids and cells", arguments: [1, 63, 64, 65, 2015, 2016])
    func rowChunk(count: Int) throws {
        let (ids, columns) = rowChunk(count)
        let payloads = ids.indices.map { $0 % 3 == 1 }
        let value = RowChunk.encode(
            chunk: 4, ids: ids, columns: columns, payloads: payloads, position: 7)
        try aligned(value) { bytes in
            let chunk = try RowChunk(bytes, shape: allWidths)
            #expect(ids.indices.map { chunk.hasPayload($0) } == payloads)
            #expect(Array(chunk.ids) == ids)
            for (view, column) in zip(chunk.columns, columns) {
                #expect((0..<count).map { view[$0] } == (0..<count).map { column[$0] })
            }
        }
    }

    @Test("every flipped bit and every cut of a chunk of rows is detected")
    func rowChunkDamage() throws {
        let (ids, columns) = rowChunk(90)
        let value = RowChunk.encode(
            chunk: 4, ids: ids, columns: columns, payloads: ids.map { $0 % 2 == 0 }, position: 7)
        try expectDetection(
            value, key: Keys.chunk(4), kind: ValueKind.rowChunk, version: RowChunk.layoutVersion
        ) {
            _ = try RowChunk($0, shape: allWidths)
        }
    }

    @Test("deleted rows are read as they were written, chunk by chunk as they changed")
    func deletedRows() throws {
        var random = RandomSource(seed: 6)
        try withTables { environment in
            var rows = RowSet()
            for _ in 0..<5 {
                let earlier = rows
                for _ in 0..<100 { rows.insert(UInt32(random.next(below: 100_000))) }
                try environment.change { (transaction) throws(StorageError) in
                    try DeletedRows.write(rows, since: earlier, transaction)
                }
                let stored = try environment.read { (access) throws(StorageError) in
                    try DeletedRows.read(access)
                }
                #expect(stored == rows)
            }
            try expectDetectionInTable(environment, .deleted, Keys.chunk(3)) {
                (access) throws(StorageError) in _ = try DeletedRows.read(access)
            }
        }
    }

    @Test("texts are read as they were written, and any damage to them is noticed")
    func keywords() throws {
        let texts = ["", "a", "größer ✓", String(repeating: "x", count: 3000)]
        let entries = texts.enumerated().map {
            KeywordTable.Entry(
                attribute: UInt32($0.offset / 2), code: UInt32($0.offset), text: $0.element)
        }
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try KeywordTable.write(entries, transaction)
            }
            let stored = try environment.read { (access) throws(StorageError) in
                try KeywordTable.read(access)
            }
            #expect(stored == entries)
            try expectDetectionInTable(
                environment, .keywords, Keys.keyword(attribute: 1, code: 2)
            ) { (access) throws(StorageError) in _ = try KeywordTable.read(access) }
        }
    }

    @Test(
        "a key of a wrong size is damage",
        arguments: [TableName.deleted, .keywords, .identifiers, .lists, .rows, .vectors])
    func foreignKeys(name: TableName) throws {
        let shape = shape
        try withTables { environment in
            var key = Key(1 as UInt32)
            key.append(UInt8(1))
            try environment.put(name, key, [UInt8](repeating: 0, count: 50))
            try environment.read { (access) throws(StorageError) -> Void in
                #expect(throws: StorageError.self) {
                    switch name {
                    case .deleted: _ = try DeletedRows.read(access)
                    case .keywords: _ = try KeywordTable.read(access)
                    case .identifiers: _ = try Identifiers.highestID(access)
                    case .lists:
                        _ = try InvertedLists(
                            numbers: Array(0..<10), earlier: nil, access)
                    default:
                        let manifest = Manifest(
                            identity: (1, 2), createdMicroseconds: 0, shape: shape)
                        _ = try StoredRows(
                            manifest: manifest, shape: shape, earlier: nil, access)
                    }
                }
            }
        }
    }

    @Test("the stored numbers of kinds and codecs, and the names of tables, do not change")
    func storedNumbers() {
        #expect(Codec.allCases.map(\.rawValue) == [1, 2, 3])
        #expect(
            TableName.names == [
                "manifest", "models", "lists", "vectors", "rows", "assignments", "identifiers",
                "deleted", "keywords", "payloads", "dictionaries", "attributes",
                "keywordCodes",
            ])
        #expect(ValueKind.manifest == 1)
        #expect(ValueKind.keyword == 12)
        #expect(ValueKind.dictionary == 14)
        #expect(ValueKind.keywordBucket == 19)
    }
}
