import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite struct StoredRowsTests {
    /// Vectors of 1,024 bytes, so that a chunk of vectors has 256 rows.
    private let shape = RecordShape(
        dimension: 256, element: .float32, metric: .euclidean, columns: [.four, .one])

    private func vector(_ row: Int) -> [Float] {
        (0..<256).map { Float(row) + Float($0) / 1024 }
    }
    private func id(_ row: Int) -> UInt64 { UInt64(row) * 1_000_003 }
    private func cells(_ row: Int) -> [UInt64?] {
        [row % 3 == 0 ? nil : UInt64(row), UInt64(row % 200)]
    }

    private func manifest(_ count: Int) -> Manifest {
        var manifest = Manifest(identity: (1, 2), createdMicroseconds: 3, shape: shape)
        manifest.rowCount = UInt32(count)
        return manifest
    }

    private func bytes(_ vector: [Float]) -> [UInt8] { vector.withUnsafeBytes { Array($0) } }

    private func write(
        _ count: Int, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let environment = transaction.environment
        let perChunk = VectorChunk.rowCount(vectorSize: shape.vectorSize)
        for (chunk, start) in stride(from: 0, to: count, by: perChunk).enumerated() {
            let rows = start..<min(start + perChunk, count)
            let value = VectorChunk.encode(
                chunk: chunk, vectors: rows.flatMap { bytes(vector($0)) },
                vectorSize: shape.vectorSize, element: shape.element)
            try transaction.put(environment.table(.vectors), Keys.chunk(chunk), value)
        }
        for (chunk, start) in stride(from: 0, to: count, by: RowChunk.rowCount).enumerated() {
            let rows = start..<min(start + RowChunk.rowCount, count)
            var columns = shape.columns.map { ColumnBuffer(width: $0) }
            for row in rows {
                for (index, cell) in cells(row).enumerated() { columns[index].append(cell) }
            }
            let value = RowChunk.encode(
                chunk: chunk, ids: rows.map(id), columns: columns, payloads: [], position: 7)
            try transaction.put(environment.table(.rows), Keys.chunk(chunk), value)
        }
    }

    @Test(
        "vectors, ids and cells are found where they were written",
        arguments: [1, 255, 256, 257, 2015, 2016, 2017, 2500])
    func agreesWithWritten(count: Int) throws {
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try write(count, transaction)
            }
            try environment.read { (access) throws(StorageError) in
                let rows = try StoredRows(
                    manifest: manifest(count), shape: shape, earlier: nil, access)
                #expect(rows.count == count)
                #expect(rows.vectorChunkRowCount == 256)
                for row in 0..<count {
                    let stored = try rows.vector(UInt32(row))
                    let one = StoredVectors(
                        start: stored.start, count: 1, element: stored.element)
                    #expect(one.bytes(shape) == bytes(vector(row)))
                    let found = (try rows.id(UInt32(row)), try rows.cells(UInt32(row)))
                    #expect(found.0 == id(row))
                    #expect(found.1 == cells(row))
                }
            }
        }
    }

    @Test("a later snapshot that knows the one before reads what was added")
    func laterSnapshot() throws {
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try write(300, transaction)
            }
            let first = try environment.beginRead()
            let before = try StoredRows(
                manifest: manifest(300), shape: shape, earlier: nil, first.access)
            _ = try before.vector(0)
            _ = try before.id(0)
            try environment.change { (transaction) throws(StorageError) in
                try write(3000, transaction)
            }
            try environment.read { (access) throws(StorageError) in
                let after = try StoredRows(
                    manifest: manifest(3000), shape: shape, earlier: before, access)
                for row in [0, 299, 300, 2999] as [UInt32] {
                    let found = try after.id(row)
                    #expect(found == id(Int(row)))
                    let stored = try after.vector(row)
                    let one = StoredVectors(
                        start: stored.start, count: 1, element: stored.element)
                    #expect(one.bytes(shape) == bytes(vector(Int(row))))
                }
            }
            #expect(try before.id(299) == id(299))
            _ = consume first
        }
    }

    @Test(
        "chunks that are missing, or too many, are damage", arguments: [TableName.vectors, .rows])
    func wrongChunks(name: TableName) throws {
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try write(2100, transaction)
            }
            for (count, removed) in [(2100, 0), (5000, nil), (100, nil)] as [(Int, Int?)] {
                let transaction = try environment.beginWrite()
                if let removed {
                    try transaction.remove(environment.table(name), Keys.chunk(removed))
                }
                #expect(throws: StorageError.self) {
                    _ = try StoredRows(
                        manifest: manifest(count), shape: shape, earlier: nil,
                        transaction.access)
                }
            }
        }
    }

    @Test("a chunk with fewer rows than the manifest says is damage, not a crash")
    func shortChunks() throws {
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try write(100, transaction)
            }
            try environment.read { (access) throws(StorageError) in
                let rows = try StoredRows(
                    manifest: manifest(200), shape: shape, earlier: nil, access)
                #expect(throws: StorageError.self) { _ = try rows.vector(150) }
                #expect(throws: StorageError.self) { _ = try rows.id(150) }
                #expect(throws: StorageError.self) { _ = try rows.cells(150) }
            }
        }
    }

    @Test("damage is noticed on first touch, and all else stays readable")
    func firstTouch() throws {
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try write(600, transaction)
            }
            var value = try environment.value(.vectors, Keys.chunk(1))
            value[5000] ^= 1
            try environment.put(.vectors, Keys.chunk(1), value)
            try environment.read { (access) throws(StorageError) in
                let rows = try StoredRows(
                    manifest: manifest(600), shape: shape, earlier: nil, access)
                for _ in 0..<2 {
                    #expect(throws: StorageError.self) { _ = try rows.vector(260) }
                    #expect(throws: StorageError.self) { _ = try rows.vectors(ofChunk: 1) }
                }
                _ = try rows.vector(256)
                _ = try rows.vector(0)
                _ = try rows.vector(599)
                _ = try rows.id(256)
            }
        }
    }
}
