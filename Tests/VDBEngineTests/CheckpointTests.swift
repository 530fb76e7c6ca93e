import Foundation
import Testing
import VDBFilters
import VDBIndex
import VDBLog
import VDBPrimitives

@testable import VDBEngine

@Suite("Checkpoints")
struct CheckpointTests {
    private static let shape = (dimension: 4, rowLimit: 100)

    private static func options(_ mapSize: Int = 1 << 28) -> EngineOptions {
        var options = EngineOptions()
        options.isAutomatic = false
        options.durability = .operatingSystem
        options.mapSize = mapSize
        options.checkpoint.rowLimit = shape.rowLimit
        options.checkpoint.stepFactor = 1
        options.checkpoint.backPressureFactor = 4
        return options
    }

    private func create(in directory: String, _ options: EngineOptions) throws -> Engine {
        try Engine.create(
            path: directory + "/db",
            schema: try Schema(
                dimension: Self.shape.dimension,
                attributes: [Attribute(name: "name", type: .keyword)]), options: options)
    }

    private func reopen(in directory: String, _ body: (Engine) throws -> Void) throws {
        let engine = try Engine.open(path: directory + "/db", options: Self.options())
        try body(engine)
        #expect(try engine.verify(observer: nil).isEmpty)
        try engine.close()
    }

    private func put(_ ids: Range<UInt64>, into engine: Engine) throws {
        let values = ids.map { AttributeValue.keyword("name \($0 % 1000)") }
        let vectors = ids.flatMap { id in (0..<4).map { Float(id) + Float($0) } }
        _ = try engine.put(
            PutRequest(
                ids: Array(ids), vectors: vectors.withUnsafeBytes { Array($0) },
                attributes: [values], payloads: ids.map { id in id % 3 == 0 ? [1, 2] : nil }),
            onDuplicate: .replace)
    }

    @Test("writers that nobody helps move the delta themselves, so that it stays bounded")
    func backPressure() throws {
        try withTemporaryDirectory { directory in
            let engine = try create(in: directory, Self.options())
            let limit = Self.shape.rowLimit * engine.options.checkpoint.backPressureFactor
            for start in stride(from: UInt64(0), to: 3000, by: 30) {
                try put(start..<start + 30, into: engine)
                #expect(engine.snapshot.delta.count < limit + 30)
            }
            #expect(engine.snapshot.stored.rows.count > 0)
            // Deletions are no rows, but fill the log all the same.
            for start in stride(from: UInt64(0), to: 3000, by: 30) {
                _ = try engine.write((start..<start + 30).map { .delete(id: $0) })
                let deletionCount = engine.writer.read { $0.pending.deletionCount }
                #expect(deletionCount < limit + 30)
            }
            #expect(engine.snapshot.liveCount == 0)
            try engine.close()
        }
    }

    @Test("a large delta is moved in steps of bounded size, and recovered from in the same way")
    func steps() throws {
        try withTemporaryDirectory { directory in
            try leaveLargeDelta(in: directory)
            try reopen(in: directory) { (engine) throws in
                #expect(engine.snapshot.liveCount == 1000 - 50)
                #expect(try engine.get(2)?.values == [.keyword("name 2")])
                #expect(try engine.get(3)?.payload == [1, 2])
                #expect(try engine.get(40) == nil)
                // Recovery has moved all but the last step.
                #expect(engine.snapshot.delta.count < Self.shape.rowLimit + 40)
                #expect(engine.snapshot.stored.rows.count > 800)
            }
        }
    }

    /// Writes a thousand rows, moves one step alone, and copies the database as a killed process
    /// would leave it.
    private func leaveLargeDelta(in directory: String) throws {
        var options = Self.options()
        options.checkpoint.backPressureFactor = 1000
        let engine = try create(in: directory, options)
        for start in stride(from: UInt64(0), to: 1000, by: 40) {
            try put(start..<start + 40, into: engine)
            _ = try engine.write([.delete(id: start), .delete(id: start + 1)])
        }
        let ends = engine.writer.read { $0.steps.map(\.rowEnd) }
        #expect(ends.count == 8)
        for (end, next) in zip([0] + ends, ends) { #expect((100..<140).contains(next - end)) }
        let files = FileManager.default
        try files.copyItem(atPath: directory + "/db", toPath: directory + "/killed")
        try engine.checkpoint()
        let isEmpty = engine.writer.read { $0.steps.isEmpty && $0.pending.rowCount == 0 }
        #expect(isEmpty)
        #expect(try engine.verify(observer: nil).isEmpty)
        try engine.close()
        try files.removeItem(atPath: directory + "/db")
        try files.moveItem(atPath: directory + "/killed", toPath: directory + "/db")
    }

    @Test("an id that is put and deleted in turn is found as it was left, whatever is moved")
    func turns() throws {
        try withTemporaryDirectory { directory in
            let engine = try create(in: directory, Self.options())
            var random = RandomSource(seed: 5)
            var isThere = [Bool](repeating: false, count: 8)
            for turn in 0..<400 {
                let id = random.next(below: 8)
                if random.nextBool() {
                    try put(UInt64(id)..<UInt64(id) + 1, into: engine)
                    isThere[id] = true
                } else {
                    let summary = try engine.write([.delete(id: UInt64(id))])
                    #expect(summary.deleted == (isThere[id] ? 1 : 0), "turn \(turn)")
                    isThere[id] = false
                }
                if random.next(below: 3) == 0 { try engine.checkpoint() }
                for id in 0..<8 {
                    #expect(try (engine.get(UInt64(id)) != nil) == isThere[id], "turn \(turn)")
                }
            }
            #expect(try engine.verify(observer: nil).isEmpty)
            try engine.close()
        }
    }

    @Test("without room for the tables writing goes on until the delta is full, and again later")
    func noRoom() throws {
        try withTemporaryDirectory { directory in
            let acknowledged = try fill(try create(in: directory, Self.options(1 << 20)))
            try reopen(in: directory) { (engine) throws in
                #expect(engine.snapshot.liveCount == acknowledged)
                try put(acknowledged..<acknowledged + 50, into: engine)
                try engine.checkpoint()
            }
        }
    }

    /// Writes until there is no room for more.
    ///
    /// - Returns: the number of records that were acknowledged.
    private func fill(_ engine: Engine) throws -> UInt64 {
        var acknowledged: UInt64 = 0
        let error = #expect(throws: EngineError.self) {
            while acknowledged < 1 << 20 {
                try put(acknowledged..<acknowledged + 50, into: engine)
                acknowledged += 50
            }
        }
        #expect(error?.isLackOfRoom == true)
        #expect(engine.snapshot.delta.count >= 4 * Self.shape.rowLimit)
        #expect(engine.snapshot.liveCount == acknowledged)
        #expect(try engine.get(acknowledged - 1) != nil)
        #expect(throws: EngineError.self) { try engine.close() }
        return acknowledged
    }

    @Test("payloads of a kind get a dictionary, and are all still there")
    func dictionary() throws {
        try withTemporaryDirectory { directory in
            let engine = try Engine.create(
                path: directory + "/db", schema: try Schema(dimension: 1),
                options: Self.options())
            func payload(_ id: UInt64) -> [UInt8] {
                Array("{\"file\": \"IMG_\(id).jpeg\", \"camera\": \"X100\", \"tags\": []}".utf8)
            }
            for start in stride(from: UInt64(0), to: 4000, by: 1000) {
                let ids = Array(start..<start + 1000)
                _ = try engine.put(
                    PutRequest(
                        ids: ids, vectors: [UInt8](repeating: 0, count: 4000), attributes: [],
                        payloads: ids.map { payload($0) }), onDuplicate: .fail)
                try engine.maintain(isFull: false, observer: nil)
            }
            let tables = try engine.statistics().tables
            #expect(tables.first { $0.name == "dictionaries" }?.entryCount == 1)
            for id in UInt64(0)..<4000 { #expect(try engine.get(id)?.payload == payload(id)) }
            _ = try engine.write((0..<4000).map { .delete(id: $0) })
            try engine.checkpoint()
            let left = try engine.statistics().tables.first { $0.name == "payloads" }
            #expect(left?.entryCount == 0)
            #expect(try engine.verify(observer: nil).isEmpty)
            try engine.close()
        }
    }
}
