import Foundation
import Testing
import VDBPrimitives
import VectorDB

/// Writes a fixture in the format of today, and keeps its own account of what must be in it.
///
/// Run by `Tools/fixture`. Records, and the operations on them, are the same every time.
struct FixtureGenerator {
    private let path: String
    private let scratch: String
    private let database: Database
    private var expected = Expected()
    private var random = RandomSource(seed: 20_261_121)

    /// - Parameter path: the directory to write to, which is there and empty.
    init(path: String) throws {
        self.path = path
        scratch = path + "/scratch"
        var options = Options()
        options.isAutomatic = false
        options.threadCount = 1
        options.mapSize = 64 << 20
        options.listCount = 6
        database = try Database.create(
            at: scratch, schema: try #require(ExpectedRecord.schema), options: options)
    }

    mutating func run() throws {
        // A first generation, replaced by a second: numbers of generation and lists do not begin
        // at 1.
        try put((0..<260).map { try record(UInt64($0) * 7) })
        try database.maintain(isFull: true)
        try put((260..<330).map { try record(UInt64($0) * 7) })
        try delete((0..<10).map { UInt64($0) * 21 })
        try database.maintain(isFull: true)
        // Dead rows in the lists, and rows that came after training.
        try delete((0..<12).map { UInt64($0) * 35 + 245 })
        try update((0..<8).map { UInt64($0) * 49 + 1400 })
        try put(unusualRecords())
        try put((330..<370).map { try record(UInt64($0) * 7) })
        try amend((0..<9).map { UInt64($0) * 63 + 714 })
        try database.checkpoint()
        // The rest stays in the log.
        try put((370..<380).map { try record(UInt64($0) * 7) })
        try update((0..<5).map { UInt64($0) * 49 + 2100 })
        // In the tables, in the log, and amended before.
        try amend([714, 1407, 2604])
        try amend([1407])
        try delete([1421, 2450, 2625])
        try copy()
    }

    private mutating func put(_ records: [ExpectedRecord]) throws {
        try database.insert(records.map(\.record), onDuplicate: .replace)
        for record in records { expected.records[record.id] = record }
    }

    private mutating func delete(_ ids: [UInt64]) throws {
        #expect(try database.delete(ids) == ids.count)
        for id in ids {
            expected.records[id] = nil
            expected.deletedIDs.insert(id)
        }
    }

    /// New vectors for some, new attributes for others.
    private mutating func update(_ ids: [UInt64]) throws {
        for id in ids {
            var record = try #require(expected.records[id])
            if id % 2 == 0 {
                record.vector = try self.record(id).vector
                try database.update(id: id, vector: Vector(record.vector))
            } else {
                record.kind = "updated"
                record.count = nil
                record.payload = "updated"
                try database.update(
                    id: id, attributes: ["kind": .keyword("updated"), "count": .null],
                    payload: .set(Array("updated".utf8)))
            }
            expected.records[id] = record
        }
    }

    /// New attributes and nothing else.
    private mutating func amend(_ ids: [UInt64]) throws {
        var changes: [Change] = []
        for id in ids {
            var record = try #require(expected.records[id])
            record.kind = "amended \(random.next() % 3)"
            record.weight = nil
            record.count = (record.count ?? 0) / 2
            changes.append(
                .update(
                    id: id,
                    attributes: [
                        "kind": .keyword(record.kind ?? ""), "weight": .null,
                        "count": .integer(record.count ?? 0),
                    ]))
            expected.records[id] = record
        }
        try database.write(changes)
    }

    /// A record in one of a few clusters; each attribute is null now and then.
    private mutating func record(_ id: UInt64) throws -> ExpectedRecord {
        let cluster = random.next() % 6
        var record = ExpectedRecord(id: id, vector: [])
        for component in 0..<8 {
            let center = (cluster >> UInt64(component % 3)) & 1 == 0 ? Float(-1) : 1
            record.vector.append(center + random.nextUnit() - 0.5)
        }
        if chance() {
            record.taken = 1_700_000_000_000_000 + Int64(random.next() % 40_000_000_000_000)
        }
        if chance() {
            record.place = ExpectedRecord.Place(
                latitude: (Double(random.next() % 1_800_000_000) - 900_000_000) / 1e7,
                longitude: (Double(random.next() % 3_600_000_000) - 1_800_000_000) / 1e7)
        }
        if chance() { record.kind = ["cat", "dog", "猫", "Hündchen"][Int(random.next() % 4)] }
        if chance() { record.count = Int64(random.next() % 2001) - 1000 }
        if chance() { record.weight = Double(Int64(random.next() % 20_001) - 10_000) / 1000 }
        if chance() { record.hidden = random.next() % 2 == 0 }
        if chance() {
            record.payload =
                "{\"file\":\"IMG_\(id).jpeg\",\"folder\":\"2024/05\",\"lens\":\"23 mm\","
                + "\"rating\":\(random.next() % 6),\"software\":\"unknown\",\"flash\":false}"
        }
        return record
    }

    private mutating func chance() -> Bool { random.next() % 5 > 0 }

    /// Values at the ends of what there is.
    private func unusualRecords() -> [ExpectedRecord] {
        let vector: [Float] = [-0.0, .leastNonzeroMagnitude, 1e-30, .pi, -1, 1e3, 0, 0.1]
        return [
            ExpectedRecord(
                id: .max, vector: vector, taken: .max,
                place: ExpectedRecord.Place(latitude: 90, longitude: 180), kind: "",
                count: .max, weight: .greatestFiniteMagnitude, hidden: false, payload: ""),
            ExpectedRecord(
                id: 1, vector: vector.reversed(), taken: .min,
                place: ExpectedRecord.Place(latitude: -90, longitude: -180),
                kind: "a 'quoted' \"word\"\nand a line", count: .min,
                weight: -.leastNonzeroMagnitude),
            // Two that are equal.
            ExpectedRecord(id: 2, vector: vector, weight: 0),
        ]
    }

    /// Copies the database as a killed writer would leave it, without the lock files.
    private func copy() throws {
        let files = FileManager.default
        try files.createDirectory(atPath: path + "/database", withIntermediateDirectories: false)
        for name in ["data.mdb", "log"] {
            try files.copyItem(atPath: scratch + "/" + name, toPath: path + "/database/" + name)
        }
        try database.close()
        try files.removeItem(atPath: scratch)
        let lines = try expected.lines()
        try lines.write(toFile: path + "/expected.jsonl", atomically: true, encoding: .utf8)
    }
}
