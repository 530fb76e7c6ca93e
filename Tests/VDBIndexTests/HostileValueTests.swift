import Testing
import VDBPrimitives
import VDBQuantizers
import VDBStorage

@testable import VDBIndex

/// Values with checksums that match and numbers that would overflow, or take memory for what is not
/// there: whoever wrote them means harm.
@Suite("Hostile values are refused")
struct HostileValueTests {
    private let shape = RecordShape(
        dimension: 4, element: .float32, metric: .euclidean, columns: [.eight])

    private func expectRefusal(
        _ table: TableName, _ key: Key, kind: UInt8, version: UInt8 = 1, _ body: [UInt8],
        sourceLocation: SourceLocation = #_sourceLocation,
        _ read: (Access) throws(StorageError) -> Void
    ) throws {
        try withTables { environment in
            var writer = SealedValue.writer(kind: kind, version: version)
            writer.write(body)
            try environment.put(table, key, SealedValue.seal(writer, key: key))
            #expect(throws: StorageError.self, sourceLocation: sourceLocation) {
                try environment.read(read)
            }
        }
    }

    private func bytes(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 64)
        body(&writer)
        return writer.finish()
    }

    @Test("a chunk of deleted rows that no table can have takes no memory")
    func farDeletedChunk() throws {
        for chunk in [1 << 19, Int(UInt32.max)] {
            try expectRefusal(
                .deleted, Keys.chunk(chunk), kind: ValueKind.deletedChunk,
                [UInt8](repeating: 1, count: 1024)
            ) { (access) throws(StorageError) in _ = try DeletedRows.read(access) }
        }
    }

    @Test(
        "lists whose numbers are 0 or overflow, and more than there are centroids",
        arguments: [(1, 0), (2, .max), (.max, 1)] as [(UInt32, UInt32)])
    func lists(count: UInt32, first: UInt32) throws {
        let body = bytes { writer in
            for field in [count, 4, first, 0] { writer.write(field) }
            writer.write(contentsOf: [Float](repeating: 1, count: 4 * Int(min(count, 4))))
        }
        try expectRefusal(
            .models, Keys.centroids(generation: 1), kind: ValueKind.centroids, body
        ) { (access) throws(StorageError) in
            _ = try Models.lists(generation: 1, shape: shape, access)
        }
    }

    @Test(
        "sums of drift that halving would never make small, or that are no numbers",
        arguments: [Double.infinity, .nan, 1.7e308, -1])
    func drift(sum: Double) throws {
        for place in 0..<4 {
            let body = bytes { writer in
                for index in 0..<4 { writer.write((index == place ? sum : 1).bitPattern) }
                for count in [1, 2, 3] as [UInt64] { writer.write(count) }
            }
            try expectRefusal(
                .models, Keys.drift(generation: 1), kind: ValueKind.drift, body
            ) { (access) throws(StorageError) in _ = try Drift.read(generation: 1, access) }
        }
    }

    @Test("counts of drift wrap instead of trapping")
    func driftCounts() {
        var drift = Drift()
        (drift.splitCount, drift.mergeCount, drift.movedCount) = (.max, .max, .max)
        var other = Drift()
        (other.splitCount, other.mergeCount, other.movedCount) = (1, 2, 3)
        drift.add(other)
        #expect([drift.splitCount, drift.mergeCount, drift.movedCount] == [0, 1, 2])
    }

    @Test("a point of the history before 1970, from which differences would overflow")
    func history() throws {
        let body = bytes { writer in
            writer.write(UInt32(1))
            writer.write(UInt32(0))
            DriftPoint(
                timeMicroseconds: .min, generation: 1, liveCount: 1, listCount: 1
            ).write(into: &writer)
        }
        try expectRefusal(
            .models, Keys.driftHistory, kind: ValueKind.driftHistory, body
        ) { (access) throws(StorageError) in _ = try DriftHistory.read(access) }
    }

    @Test("a payload that is said to be larger than its zstd frame can be")
    func payloadSize() {
        let frame = Payload.Writer(dictionary: nil).encode(
            row: 1, [UInt8](repeating: 7, count: 1000))
        var body = Array(frame[SealedValue.prologueSize...])
        body.replaceSubrange(8..<12, with: [255, 255, 255, 255])
        #expect(throws: DecodingFailure.self) {
            try body.withUnsafeBytes { _ = try Payload.decode($0, dictionary: nil) }
        }
    }

    @Test("a manifest from whose numbers nothing can be counted on")
    func manifest() throws {
        let changes: [(inout Manifest) -> Void] = [
            { $0.appliedPosition = .max }, { $0.nextList = .max }, { $0.nextGeneration = .max },
            { $0.generation = .max }, { $0.rowCount = .max },
            { $0.vectorChunkRowCount = 1 << 31 }, { $0.vectorChunkRowCount = 1 },
        ]
        for change in changes {
            var manifest = Manifest(identity: (1, 2), createdMicroseconds: 3, shape: shape)
            change(&manifest)
            try withTables { environment in
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

    @Test("a chunk with fewer rows than the manifest counts is not scanned behind its end")
    func shortChunk() throws {
        var manifest = Manifest(identity: (1, 2), createdMicroseconds: 3, shape: shape)
        manifest.rowCount = 100
        try withTables { environment in
            var column = ColumnBuffer(width: .eight)
            column.append(5)
            try environment.put(
                .rows, Keys.chunk(0),
                RowChunk.encode(
                    chunk: 0, ids: [1], columns: [column], payloads: [false], position: 0))
            try environment.put(
                .vectors, Keys.chunk(0),
                VectorChunk.encode(
                    chunk: 0, vectors: [UInt8](repeating: 0, count: 1600), vectorSize: 16,
                    element: .float32))
            try environment.read { (access) throws(StorageError) in
                let rows = try StoredRows(
                    manifest: manifest, shape: shape, earlier: nil, access)
                #expect(throws: StorageError.self) { _ = try rows.rowChunk(0) }
                let columns = GatheredColumns(widths: [.eight])
                let wanted: [UInt32] = [0, 99]
                wanted.withUnsafeBufferPointer { wanted in
                    #expect(throws: StorageError.self) {
                        _ = try columns.gather(wanted, used: [0], of: rows)
                    }
                }
            }
        }
    }
}
