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
    static let formats = ["v1", "v2", "v3", "v4", "v5", "v6"]
    /// The tables that have nothing in them, as the format did not have them.
    private static let missingTables = [
        "v1": ["payloads", "dictionaries", "attributes", "keywordCodes"],
        "v2": ["attributes", "keywordCodes"], "v3": ["keywordCodes"],
        "v4": ["assignments", "keywordCodes"], "v5": ["assignments", "keywordCodes"],
        "v6": ["assignments"],
    ]
    private static let allLists = Query.Effort.manual(probeCount: 1000, rerankCount: 1000)

    @Test("the manifest says what wrote it", arguments: formats)
    func formatVersion(format: String) throws {
        try Fixture(format).withCopy { path in
            let environment = try Environment(
                path: path, tableNames: TableName.names, laterNames: TableName.laterNames,
                mapSize: 1 << 30, readOnly: true)
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
            let empty = statistics.tables.filter { $0.entryCount == 0 }.map(\.name)
            #expect(empty == Self.missingTables[format])
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
                #expect(found.payload == record.payload.map { Array($0.utf8) })
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
