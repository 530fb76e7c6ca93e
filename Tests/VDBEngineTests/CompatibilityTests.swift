import Foundation
import Testing
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

/// Databases that released formats wrote, kept in `Tests/Fixtures`, are read in full by this code.
///
/// What they hold is in `expected.jsonl` beside them, from the generator's own bookkeeping.
@Suite("Databases of released formats are read")
struct CompatibilityTests {
    /// Formats that this code must be able to read, by the names of their fixtures.
    static let formats = ["v1"]
    private static let allLists = Query.Effort.manual(probeCount: 1000, rerankCount: 1000)

    @Test("the manifest says what wrote it", arguments: formats)
    func formatVersion(format: String) throws {
        try Fixture(format).withCopy { path in
            let environment = try Environment(
                path: path, tableNames: TableName.names, mapSize: 1 << 30, readOnly: true)
            let stored = try environment.read { (access) throws(StorageError) in
                try access.value(environment.table(.manifest), Keys.manifest).map {
                    UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
                }
            }
            #expect(stored.map { "v\($0)" } == format)
        }
    }

    @Test("it holds all that it is meant to hold", arguments: formats)
    func coverage(format: String) throws {
        try Fixture(format).withDatabase(isReadOnly: true) { database, _ in
            let statistics = try database.statistics()
            #expect(statistics.generation == 2)
            #expect(statistics.lists.count > 1)
            #expect(statistics.deadCount > 0)
            #expect(statistics.inLogCount > 0)
            #expect(statistics.tables.allSatisfy { $0.entryCount > 0 })
        }
    }

    @Test(
        "every record is there, bit for bit, none that was deleted, and verification agrees",
        arguments: formats, [true, false])
    func records(format: String, isReadOnly: Bool) throws {
        try Fixture(format).withDatabase(isReadOnly: isReadOnly) { database, expected in
            #expect(expected.records.count > 300 && expected.deletedIDs.count > 20)
            for record in expected.records.values {
                let found = try #require(try database.get(record.id), "record \(record.id)")
                #expect(found.vector.floats.map(\.bitPattern) == record.vector.map(\.bitPattern))
                #expect(found.attributes == record.attributes)
            }
            for id in expected.deletedIDs { #expect(try database.get(id) == nil) }
            #expect(try database.statistics().liveCount == expected.records.count)
            let findings = try database.verify()
            #expect(findings == [])
        }
    }

    @Test(
        "searches find the nearest: exactly, and through all lists",
        arguments: formats, [.exact, allLists])
    func search(format: String, effort: Query.Effort) throws {
        try Fixture(format).withDatabase(isReadOnly: true) { database, expected in
            try check(database, expected, effort)
        }
    }

    private func check(_ database: Database, _ expected: Expected, _ effort: Query.Effort) throws {
        for query in expected.queries {
            var statistics = SearchStatistics()
            let matches = try database.search(
                Query(query, count: 10, effort: effort), statistics: &statistics)
            #expect((effort == .exact) == (statistics.probes == 0))
            expectNearest(
                matches, of: query.floats, count: 10, metric: .euclidean, in: expected.model)
        }
    }

    @Test(
        "filters read the columns of every type",
        arguments: formats, predicates.keys.sorted())
    func filters(format: String, text: String) throws {
        try Fixture(format).withDatabase(isReadOnly: true) { database, expected in
            let filter = try Filter(parsing: text, schema: database.schema)
            for effort in [Query.Effort.exact, .recall(0.95)] {
                let found = try database.search(
                    Query(
                        Vector([Float](repeating: 0, count: 8)), count: 1000, filter: filter,
                        effort: effort))
                let due = expected.records.values.filter(try #require(Self.predicates[text]))
                #expect(!due.isEmpty)
                #expect(Set(found.map(\.id)) == Set(due.map(\.id)))
            }
        }
    }

    /// Filters, and what they mean.
    private static let predicates: [String: @Sendable (ExpectedRecord) -> Bool] = [
        "taken >= 2024-05-01 and taken < 2024-09-01": {
            $0.taken.map { 1_714_521_600_000_000..<1_725_148_800_000_000 ~= $0 } ?? false
        },
        "place in box (-30, -20, 60, 90)": {
            $0.place.map { -30...60 ~= $0.latitude && -20...90 ~= $0.longitude } ?? false
        },
        "kind in ('cat', '猫')": { $0.kind == "cat" || $0.kind == "猫" },
        "count < 0": { $0.count.map { $0 < 0 } ?? false },
        "weight between -1 and 1": { $0.weight.map { -1...1 ~= $0 } ?? false },
        "hidden = true and kind is null": { $0.hidden == true && $0.kind == nil },
    ]

    @Test("it can be written to, checkpointed, trained anew and opened again", arguments: formats)
    func writing(format: String) throws {
        try Fixture(format).withCopy { path in
            var expected = try Fixture(format).expected()
            let added = ExpectedRecord(id: 3, vector: [1, 2, 3, 4, 5, 6, 7, 8], kind: "new")
            try Fixture.withOpen(path) { database in
                try database.insert(added.record)
                try database.maintain(isFull: true)
            }
            expected.records[added.id] = added
            try Fixture.withOpen(path) { database in
                let findings = try database.verify()
                #expect(findings == [])
                let statistics = try database.statistics()
                #expect(statistics.generation == 3)
                #expect(statistics.inLogCount == 0)
                try check(database, expected, Self.allLists)
            }
        }
    }

    @Test(
        "the generator writes a fixture",
        .enabled(if: ProcessInfo.processInfo.environment["VDB_FIXTURE"] != nil))
    func generate() throws {
        let path = try #require(ProcessInfo.processInfo.environment["VDB_FIXTURE"])
        var generator = try FixtureGenerator(path: path)
        try generator.run()
    }
}

/// One record as `expected.jsonl` has it; attributes that are nil are null.
private struct ExpectedRecord: Codable {
    struct Place: Codable {
        var latitude: Double
        var longitude: Double
    }

    var id: UInt64
    var vector: [Float]
    var taken: Int64?
    var place: Place?
    var kind: String?
    var count: Int64?
    var weight: Double?
    var hidden: Bool?

    static let schema = try? Schema(
        dimension: 8, element: .float32, metric: .euclidean,
        attributes: [
            Attribute(name: "taken", type: .timestamp), Attribute(name: "place", type: .location),
            Attribute(name: "kind", type: .keyword), Attribute(name: "count", type: .integer),
            Attribute(name: "weight", type: .real), Attribute(name: "hidden", type: .boolean),
        ])

    var record: Record { Record(id: id, vector: Vector(vector), attributes: attributes) }

    var attributes: [String: AttributeValue] {
        var values: [String: AttributeValue] = [:]
        values["taken"] = taken.map { .timestamp($0) }
        values["place"] = place.map {
            .location(Location(latitude: $0.latitude, longitude: $0.longitude))
        }
        values["kind"] = kind.map { .keyword($0) }
        values["count"] = count.map { .integer($0) }
        values["weight"] = weight.map { .real($0) }
        values["hidden"] = hidden.map { .boolean($0) }
        return values
    }
}

/// What a fixture must hold.
private struct Expected {
    var records: [UInt64: ExpectedRecord] = [:]
    var deletedIDs: Set<UInt64> = []

    init() {}

    init(lines: String) throws {
        let decoder = JSONDecoder()
        for line in lines.split(separator: "\n") {
            let data = Data(line.utf8)
            // Of a record that was deleted there is the id alone.
            if line.contains("\"vector\"") {
                let record = try decoder.decode(ExpectedRecord.self, from: data)
                records[record.id] = record
            } else {
                deletedIDs.formUnion(try decoder.decode([String: UInt64].self, from: data).values)
            }
        }
    }

    /// Records, then deleted ids, both ascending.
    func lines() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = try records.values.sorted { $0.id < $1.id }.map { try encoder.encode($0) }
        lines += try deletedIDs.sorted().map { try encoder.encode(["id": $0]) }
        return lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    }

    /// A few of the records' own vectors, and some between them.
    var queries: [Vector] {
        let sorted = records.values.sorted { $0.id < $1.id }
        let some = stride(from: 0, to: sorted.count, by: 29).map { sorted[$0].vector }
        return zip(some, some.dropFirst()).flatMap { left, right in
            [Vector(left), Vector(zip(left, right).map { ($0 + $1) / 2 })]
        }
    }

    var model: Model {
        records.mapValues { ModelRecord(vector: $0.vector, attributes: $0.attributes) }
    }
}

/// A directory of `Tests/Fixtures`; tests work on copies of its database.
private struct Fixture {
    private let path: String

    init(_ format: String) {
        let tests = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
        path = tests.path + "/Fixtures/" + format
    }

    func expected() throws -> Expected {
        try Expected(lines: String(contentsOfFile: path + "/expected.jsonl", encoding: .utf8))
    }

    func withCopy(_ body: (String) throws -> Void) throws {
        try withTemporaryDirectory { temporary in
            let copy = temporary + "/database"
            try FileManager.default.copyItem(atPath: path + "/database", toPath: copy)
            try body(copy)
        }
    }

    func withDatabase(isReadOnly: Bool, _ body: (Database, Expected) throws -> Void) throws {
        try withCopy { path in
            let expected = try expected()
            try Self.withOpen(path, isReadOnly: isReadOnly) { try body($0, expected) }
        }
    }

    static func withOpen(
        _ path: String, isReadOnly: Bool = false, _ body: (Database) throws -> Void
    ) throws {
        var options = Options()
        options.isReadOnly = isReadOnly
        options.isAutomatic = false
        options.mapSize = 1 << 30
        let database = try Database.open(at: path, options: options)
        try body(database)
        try database.close()
    }
}

/// Writes a fixture in the format of today, and keeps its own account of what must be in it.
///
/// Run by `Tools/fixture`. Records, and the operations on them, are the same every time.
private struct FixtureGenerator {
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
        try database.checkpoint()
        // The rest stays in the log.
        try put((370..<380).map { try record(UInt64($0) * 7) })
        try update((0..<5).map { UInt64($0) * 49 + 2100 })
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
                try database.update(
                    id: id, attributes: ["kind": .keyword("updated"), "count": .null])
            }
            expected.records[id] = record
        }
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
                count: .max, weight: .greatestFiniteMagnitude, hidden: false),
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
