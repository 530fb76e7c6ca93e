import Foundation
import Testing
import VDBFilters
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

@testable import VDBEngine

@Suite("Keywords are looked up in the tables")
struct KeywordLookupTests {
    private static func schema() throws -> Schema {
        try Schema(dimension: 2, attributes: [Attribute(name: "file", type: .keyword)])
    }

    private static var options: Options {
        var options = Options()
        options.isAutomatic = false
        options.mapSize = 1 << 28
        return options
    }

    private static func record(_ id: Int) -> Record {
        Record(
            id: UInt64(id), vector: [Float(id), 1], attributes: ["file": .keyword("file \(id)")])
    }

    /// A database of `count` records, each with a keyword of its own, all in the tables.
    private func withDatabase(_ count: Int, _ body: (String) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let database = try Database.create(
                at: path, schema: Self.schema(), options: Self.options)
            for start in stride(from: 0, to: count, by: 700) {
                try database.insert((start..<min(start + 700, count)).map(Self.record))
                try database.checkpoint()
            }
            try database.close()
            try body(path)
        }
    }

    private func engine(_ path: String, isReadOnly: Bool) throws -> Engine {
        var options = EngineOptions()
        options.isAutomatic = false
        options.isReadOnly = isReadOnly
        options.mapSize = 1 << 28
        return try Engine.open(path: path, options: options)
    }

    @Test("opening reads none, a record one, a filter a few", arguments: [true, false])
    func reads(isReadOnly: Bool) throws {
        try withDatabase(3000) { path in
            let engine = try engine(path, isReadOnly: isReadOnly)
            #expect(engine.snapshot.stored.keywordReadCount == 0)
            #expect(engine.snapshot.stored.keywords.counts == [3000])
            #expect(try engine.get(17)?.values == [.keyword("file 17")])
            #expect(engine.snapshot.stored.keywordReadCount == 1)
            let filter = Filter.attribute("file") == "file 2345"
            let snapshot = engine.snapshot
            _ = try engine.prepared(filter, in: snapshot)
            let readCount = snapshot.stored.keywordReadCount
            #expect(readCount < 16)
            _ = try engine.compile(filter, in: snapshot)
            #expect(snapshot.stored.keywordReadCount == readCount)
            try engine.close()
        }
    }

    @Test("a keyword keeps its code when it comes again, also after opening and checkpoints")
    func codes() throws {
        try withDatabase(1500) { path in
            for round in 0..<3 {
                let database = try Database.open(at: path, options: Self.options)
                // Known ones, new ones, and new ones twice.
                let texts = [3, 1499, 2000 + round, 2000, 2000 + round]
                try database.insert(
                    texts.enumerated().map {
                        Record(
                            id: UInt64(10_000 + 10 * round + $0.offset), vector: [0, 0],
                            attributes: ["file": .keyword("file \($0.element)")])
                    })
                if round == 1 { try database.checkpoint() }
                #expect(try database.count(where: Filter.attribute("file") == "file 2000") >= 1)
                let third = Filter.attribute("file") == "file 3"
                #expect(try database.count(where: third) == 2 + round)
                #expect(try database.count(where: Filter.attribute("file") == "file") == 0)
                #expect(try database.verify() == [])
                try database.close()
            }
            let engine = try engine(path, isReadOnly: true)
            #expect(engine.snapshot.stored.keywords.counts == [1503])
            try engine.close()
        }
    }

    @Test("what the tables have by now is not kept in memory too")
    func dropped() throws {
        try withDatabase(10) { path in
            let engine = try engine(path, isReadOnly: false)
            let summary = try engine.write([
                .put(
                    ChangedRecord(
                        id: 99, vector: [UInt8](repeating: 0, count: 8),
                        values: [.keyword("new")], payload: nil), replaces: false)
            ])
            #expect(summary.inserted == 1)
            #expect(engine.snapshot.keywords.entries().map(\.text) == ["new"])
            try engine.checkpoint()
            #expect(engine.snapshot.keywords.entries() == [])
            #expect(engine.writer.read { $0.keywords.entries() } == [])
            #expect(try engine.get(99)?.values == [.keyword("new")])
            try engine.close()
        }
    }

    @Test(
        "an upgrade that was interrupted goes on",
        arguments: ["v1", "v2", "v3", "v4", "v5"], [false, true])
    func upgrade(format: String, hasCodes: Bool) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let tests = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().path
            try FileManager.default.copyItem(
                atPath: tests + "/Fixtures/\(format)/database", toPath: path)
            try interruptUpgrade(path, hasCodes: hasCodes)
            var reading = Self.options
            reading.isReadOnly = true
            for options in [reading, Self.options, reading] {
                let database = try Database.open(at: path, options: options)
                #expect(try database.verify() == [])
                #expect(try database.count(where: Filter.attribute("kind") == "cat") > 0)
                try database.close()
            }
            let engine = try engine(path, isReadOnly: true)
            #expect(engine.snapshot.stored.manifest.formatVersion == 6)
            try engine.close()
        }
    }

    /// Makes the tables of today and, perhaps, the first codes, and leaves the number.
    private func interruptUpgrade(_ path: String, hasCodes: Bool) throws {
        let environment = try Environment(
            path: path, tableNames: TableName.names, laterNames: TableName.laterNames,
            mapSize: 1 << 28, readOnly: false)
        try environment.addMissingTables()
        guard hasCodes else { return }
        let transaction = try environment.beginWrite()
        let all = try KeywordTable.read(transaction.access)
        let attribute = try #require(all.first?.attribute)
        try KeywordCodes.append(
            attribute: attribute, first: 0, all.prefix(2).map { HashedText($0.text) },
            transaction)
        try transaction.commit()
    }

    @Test("a text that is not the one of its code, or a code that is missing, is never taken")
    func damage() throws {
        try withDatabase(100) { path in
            let tables = Planting(path: path, shape: try Self.schema().shape)
            // The text of code 7 becomes another: its code is found by nothing.
            let key = Keys.keyword(attribute: 0, code: 7)
            try tables.edit(.keywords, key) { $0[$0.count - 1] = UInt8(ascii: "x") }
            let database = try Database.open(at: path, options: Self.options)
            #expect(try database.count(where: Filter.attribute("file") == "file 7") == 0)
            #expect(try database.count(where: Filter.attribute("file") == "file x") == 0)
            #expect(try database.count(where: Filter.attribute("file") == "file 8") == 1)
            let tablesNamed = Set(try database.verify().map(\.table))
            #expect(tablesNamed.contains("keywordCodes"))
            try database.close()
        }
    }

    @Test("threads look up while others add")
    func threads() async throws {
        try await withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: Self.schema(), options: Self.options)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for start in stride(from: 0, to: 1200, by: 60) {
                        #expect(throws: Never.self) {
                            try database.insert((start..<start + 60).map(Self.record))
                            if start % 240 == 0 { try database.checkpoint() }
                        }
                    }
                }
                for thread in 0..<2 {
                    group.addTask {
                        for id in stride(from: thread, to: 1200, by: 7) {
                            #expect(throws: Never.self) {
                                let filter = Filter.attribute("file") == .keyword("file \(id)")
                                let count = try database.count(where: filter)
                                #expect(count <= 1)
                                if let record = try database.get(UInt64(id)) {
                                    #expect(record.attributes == Self.record(id).attributes)
                                    #expect(try database.count(where: filter) == 1)
                                }
                            }
                        }
                    }
                }
            }
            #expect(try database.verify() == [])
            try database.close()
        }
    }
}
