import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite("Vectors that are read one by one are checked stripe by stripe")
struct StripedVectorsTests {
    /// Vectors of 1,024 bytes, four to a stripe.
    private let shape = RecordShape(
        dimension: 256, element: .float32, metric: .euclidean, columns: [])
    private let count = 10

    private func vectors(_ scale: Float) -> [UInt8] {
        (0..<count * 256).map { Float($0 % 200) * scale }.withUnsafeBytes { Array($0) }
    }

    private func encoded(_ scale: Float) -> [UInt8] {
        VectorChunk.encode(
            chunk: 0, vectors: vectors(scale), vectorSize: shape.vectorSize, element: .float32)
    }

    /// The rows whose vectors are refused when the table holds this value.
    private func refusedRows(
        _ value: [UInt8], _ environment: Environment
    ) throws(StorageError) -> [Int] {
        try environment.change { (transaction) throws(StorageError) in
            try transaction.put(environment.table(.vectors), Keys.chunk(0), value)
            try transaction.put(
                environment.table(.rows), Keys.chunk(0),
                RowChunk.encode(
                    chunk: 0, ids: (0..<count).map { UInt64($0) }, columns: [],
                    payloads: [], position: 7))
        }
        var manifest = Manifest(identity: (1, 2), createdMicroseconds: 3, shape: shape)
        manifest.rowCount = UInt32(count)
        return try environment.read { (access) throws(StorageError) in
            let rows = try StoredRows(manifest: manifest, shape: shape, earlier: nil, access)
            return refusedRows(of: rows)
        }
    }

    private func expectRefusal(
        of rows: [Int], _ value: [UInt8], _ environment: Environment
    ) throws(StorageError) {
        let refused = try refusedRows(value, environment)
        #expect(refused == rows)
    }

    private func refusedRows(of rows: StoredRows) -> [Int] {
        (0..<count).filter { row in (try? rows.vector(UInt32(row))) == nil }
    }

    @Test("a flipped bit costs the vectors of its stripe; in the head, those of the chunk")
    func flips() throws {
        try withTables { environment in
            // Kept as float32: 4 rows of 1,024 bytes in a stripe.
            let value = encoded(0.37)
            try expectRefusal(of: [], value, environment)
            let end = 48 + count * 1024
            var random = RandomSource(seed: 11)
            let inVectors = (0..<40).map { _ in Int(random.next() % UInt64(count * 1024)) + 48 }
            for place in inVectors + [48, 48 + 4095, 48 + 4096, end - 1] {
                var damaged = value
                damaged[place] ^= 1 << UInt8(random.next() % 8)
                let stripe = (place - 48) / 4096
                let refused = try refusedRows(damaged, environment)
                #expect(refused == Array(stripe * 4..<min(stripe * 4 + 4, count)))
            }
            for place in Array(4..<28) + Array(end..<end + 12) {
                var damaged = value
                damaged[place] ^= 1 << UInt8(random.next() % 8)
                let refused = try refusedRows(damaged, environment)
                #expect(refused == Array(0..<count), "byte \(place)")
            }
        }
    }

    @Test("chunks in bytes have stripes of more rows")
    func narrow() throws {
        try withTables { environment in
            var value = encoded(1)
            #expect(VectorStripes.rowCount(vectorSize: 256) == 16)
            try expectRefusal(of: [], value, environment)
            value[48 + 5 * 256] ^= 4
            try expectRefusal(of: Array(0..<count), value, environment)
        }
    }

    @Test("a chunk of an earlier layout is checked whole", arguments: [1, 2] as [UInt8])
    func earlierLayout(version: UInt8) throws {
        try withTables { environment in
            let current = encoded(0.37)
            let stored = Array(current[8..<20]) + [UInt8](repeating: 0, count: 28)
            var writer = SealedValue.writer(kind: ValueKind.vectorChunk, version: version)
            writer.write(stored + current[48..<48 + count * 1024])
            var value = SealedValue.seal(writer, key: Keys.chunk(0))
            try expectRefusal(of: [], value, environment)
            value[48 + 9 * 1024] ^= 1
            try expectRefusal(of: Array(0..<count), value, environment)
        }
    }

    @Test("a snapshot takes over what the one before has checked, and checks what is new")
    func laterSnapshot() throws {
        try withTables { environment in
            _ = try refusedRows(encoded(0.37), environment)
            var manifest = Manifest(identity: (1, 2), createdMicroseconds: 3, shape: shape)
            manifest.rowCount = UInt32(count)
            let first = try environment.beginRead()
            let before = try StoredRows(
                manifest: manifest, shape: shape, earlier: nil, first.access)
            _ = try before.vector(0)
            var damaged = encoded(0.37)
            damaged[48] ^= 1
            _ = try refusedRows(damaged, environment)
            try environment.read { (access) throws(StorageError) in
                let after = try StoredRows(
                    manifest: manifest, shape: shape, earlier: before, access)
                #expect(refusedRows(of: after) == [0, 1, 2, 3])
            }
            _ = consume first
        }
    }
}
