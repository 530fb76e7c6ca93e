import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("Repair")
struct RepairTests {
    @Test("a sound database comes through complete, and nothing is said to be lost")
    func sound() throws {
        try withDamaged(recordCount: 700) { database in
            let report = try database.repair()
            #expect(report.losses == [])
            let last = database.models.last ?? [:]
            #expect(report.salvagedCount == last.count)
            #expect(try database.repaired() == last)
        }
    }

    @Test("no page header, pointer or record of a table is needed")
    func withoutStructure() throws {
        try withDamaged(recordCount: 700) { database in
            try database.change("/data.mdb") { bytes in
                let layout = try PageLayoutReading(database.original + "/data.mdb")
                for offset in 0..<2 * PageLayoutReading.pageSize { bytes[offset] = 0xFF }
                for page in layout.pages {
                    let start = page * PageLayoutReading.pageSize
                    for offset in start..<start + layout.number(start + 12, 2) {
                        bytes[offset] = 0
                    }
                }
            }
            let report = try database.repair()
            #expect(report.losses == [])
            #expect(try database.repaired() == database.models.last)
        }
    }

    @Test("what is lost of damaged tables is said, the rest is right", arguments: 1...12)
    func damagedTables(seed: Int) throws {
        try withDamaged(recordCount: 250) { database in
            var random = RandomSource(seed: UInt64(seed))
            try database.change("/data.mdb") { bytes in
                for _ in 0..<seed {
                    let start = random.next(below: bytes.count / 512) * 512
                    for offset in start..<start + 512 {
                        bytes[offset] = UInt8(truncatingIfNeeded: random.next())
                    }
                }
            }
            do {
                let report = try database.repair()
                expectHonest(report, try database.repaired(), database.models)
            } catch let error as VectorDBError {
                #expect(error.code == .damaged)
                #expect(error.message.contains("schema"))
            }
        }
    }

    @Test("any value of the tables may be lost", arguments: TableOfValues.allCases)
    func lostValues(table: TableOfValues) throws {
        try withDamaged(recordCount: 250) { database in
            try database.change("/data.mdb") { bytes in
                let layout = try PageLayoutReading(database.original + "/data.mdb")
                for value in layout.values where bytes[value + 4] == table.rawValue {
                    bytes[value] ^= 0x55
                }
                // Where repair would find earlier copies.
                for range in layout.slack {
                    for offset in range { bytes[offset] = 0 }
                }
            }
            guard table != .schema else {
                #expect(code { _ = try database.repair() } == .damaged)
                let schema = try Schema.pictures(dimension: DamagedDatabase.dimension)
                #expect(try database.repair(schema: schema).losses == [])
                #expect(try database.repaired() == database.models.last)
                return
            }
            let report = try database.repair()
            let content = try database.repaired()
            expectHonest(report, content, database.models)
            switch table {
            case .identifiers: #expect(report.losses == [])
            case .vectors:
                #expect(report.losses.contains { $0.consequence == .lost && !$0.ids.isEmpty })
            case .rows, .keywords:
                #expect(report.losses.contains { $0.consequence == .withoutAttributes })
                #expect(content.mapValues(\.vector) == database.models.last?.mapValues(\.vector))
            case .payloads:
                #expect(report.losses.contains { $0.consequence == .withoutPayload })
            case .deleted: #expect(report.losses.contains { $0.consequence == .maybeDeleted })
            default: #expect(!report.losses.isEmpty)
            }
        }
    }

    @Test("of a lost chunk exactly its records are lost, or their attributes")
    func lostChunks() throws {
        try withTemporaryDirectory { directory in
            var random = RandomSource(seed: 3)
            let path = directory + "/db"
            let schema = try Schema(
                dimension: 64, element: .float32,
                attributes: [Attribute(name: "n", type: .integer)])
            // 1024 vectors and 2016 rows a chunk; ids are 10 more than rows.
            let count = 5000
            let vectors = (0..<count * 64).map { _ in random.nextUnit() }
            let ids = (10..<UInt64(count) + 10).map { $0 }
            let database = try Database.create(at: path, schema: schema, options: .manual)
            try database.insert(
                Batch(
                    ids: ids, vectors: .float32(vectors),
                    attributes: ["n": ids.map { .integer(Int64($0)) }]))
            try database.close()

            let layout = try PageLayoutReading(path + "/data.mdb")
            var bytes = layout.bytes
            for value in layout.values {
                // Vectors 2048 …< 3072 and rows 0 …< 2016; chunks are told by what they hold.
                if bytes[value + 4] == 7,
                    bytes[(value + 48)...].starts(
                        with: Array(Data(bytes: Array(vectors[2048 * 64..<2049 * 64]), count: 256)))
                {
                    bytes[value + 100] ^= 1
                }
                if bytes[value + 4] == 8, layout.number(value + 24, 4) == 10 {
                    bytes[value + 100] ^= 1
                }
            }
            try Data(bytes).write(to: URL(filePath: path + "/data.mdb"))

            let report = try Database.repair(
                at: path, into: directory + "/new", options: .manual)
            #expect(report.salvagedCount == count - 1024)
            #expect(
                report.losses.map(\.place) == ["table vectors, chunk 2", "table rows, chunk 0"])
            #expect(report.losses.first?.ids == [2058...3081])
            #expect(report.losses.last?.ids == [10...2025])
            #expect(
                report.losses.first?.description.hasSuffix("; lost: ids 2058 … 3081") == true)
            let repaired = try Database.open(at: directory + "/new", options: .manual)
            #expect(try repaired.get(2025)?.attributes == [:])
            #expect(try repaired.get(2026)?.attributes == ["n": .integer(2026)])
            #expect(
                try repaired.get(2057)?.vector == .float32(Array(vectors[2047 * 64..<2048 * 64])))
            #expect(try repaired.get(2058) == nil)
            try repaired.close()
        }
    }

    @Test("operations behind a damaged one are brought over", arguments: 0..<6)
    func damagedLog(index: Int) throws {
        try withDamaged(recordCount: 40) { database in
            let name = "/log/" + (try FileSystem.names(in: database.original + "/log").last ?? "")
            try database.change(name) { bytes in
                // Frames: length at 0, payload from 24, each at a multiple of 8.
                var offset = 64
                for _ in 0..<index {
                    let length = (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
                    offset += (24 + length + 7) & ~7
                }
                bytes[offset + 30] ^= 1
            }
            let report = try database.repair()
            expectHonest(report, try database.repaired(), database.models)
            #expect(report.losses.count >= 1)
            let isLast = index == DamagedDatabase.loggedCallCount - 1
            #expect(
                report.losses.contains {
                    $0.consequence == (isLast ? .unknown : .operations)
                        && ($0.unknownCount == 1 || isLast)
                })
        }
    }

    @Test("nothing is put where something is, and what is missing is said")
    func refusals() throws {
        try withDamaged(recordCount: 8) { database in
            let path = database.copy
            #expect(code { _ = try Database.repair(at: path, into: path) } == .alreadyExists)
            #expect(
                code { _ = try Database.repair(at: path + "x", into: path + "y") } == .noDatabase)
            #expect(!FileSystem.exists(path + "y"))
        }
    }

    @Test("what an interrupted repair has left is replaced")
    func again() throws {
        try withDamaged(recordCount: 8) { database in
            try Database.create(
                at: database.directory + "/repaired.new", schema: try .pictures(), options: .manual
            ).close()
            #expect(try database.repair().losses == [])
            #expect(try database.repaired() == database.models.last)
        }
    }

    private func withDamaged(
        recordCount: Int, _ body: (DamagedDatabase) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let database = DamagedDatabase(
                directory: directory, seed: 77, recordCount: recordCount)
            try database.prepare()
            try DamagedDatabase.copyFiles(database.original, to: database.copy)
            try body(database)
        }
    }

    /// Checks that every record is as it was put, as far as the report does not say otherwise.
    private func expectHonest(_ report: RepairReport, _ content: Model, _ models: [Model]) {
        let model = models.last ?? [:]
        func isSaid(_ id: UInt64, _ consequences: Set<RepairReport.Loss.Consequence>) -> Bool {
            report.losses.contains { loss in
                consequences.contains(loss.consequence)
                    && (loss.unknownCount > 0 || loss.ids.contains { $0.contains(id) })
            }
        }
        let isLogWhole = !report.losses.contains {
            $0.consequence == .operations || $0.place.hasPrefix("end of the log")
        }
        for (id, record) in content where model[id] != record {
            let isOlder = !isLogWhole && models.contains { $0[id] == record }
            let isBack = isSaid(id, [.maybeDeleted]) && model[id] == nil
            let isBare =
                isSaid(id, [.withoutAttributes]) && model[id]?.vector == record.vector
                && (record.payload == nil || model[id]?.payload == record.payload)
                && record.attributes.allSatisfy { model[id]?.attributes[$0.key] == $0.value }
            var bytesBack = record
            bytesBack.payload = model[id]?.payload
            let isBereft =
                record.payload == nil && isSaid(id, [.withoutPayload])
                && (bytesBack == model[id] || isBare)
            #expect(isOlder || isBack || isBare || isBereft, "id \(id) is \(record)")
        }
        for id in model.keys where content[id] == nil {
            #expect(isSaid(id, [.lost]) || !isLogWhole, "id \(id) is lost without a word")
        }
        #expect(report.salvagedCount == content.count)
    }
}

/// Tables whose values are lost, by the kind in their prologue.
enum TableOfValues: UInt8, CaseIterable, Sendable {
    case manifest = 1
    case schema = 2
    case vectors = 7
    case rows = 8
    case identifiers = 10
    case deleted = 11
    case keywords = 12
    case payloads = 13
}

extension DamagedDatabase {
    /// Changes a file of the copy.
    func change(_ file: String, _ body: (inout [UInt8]) throws -> Void) throws {
        var bytes = try Array(Data(contentsOf: URL(filePath: copy + file)))
        try body(&bytes)
        try Data(bytes).write(to: URL(filePath: copy + file))
    }

    func repair(schema: Schema? = nil) throws -> RepairReport {
        var options = Options.manual
        // Training takes its time, and has tests of its own.
        options.trainingThreshold = 1 << 20
        return try Database.repair(
            at: copy, into: directory + "/repaired", schema: schema, options: options)
    }

    /// All that the repaired database holds; it must be sound.
    func repaired() throws -> Model {
        let database = try Database.open(at: directory + "/repaired", options: .manual)
        let findings = try database.verify()
        precondition(findings.isEmpty, "\(findings)")
        var content: Model = [:]
        for id in 0..<UInt64(4 * recordCount + Self.loggedCallCount) {
            guard let record = try database.get(id) else { continue }
            content[id] = ModelRecord(
                vector: record.vector.floats, attributes: record.attributes,
                payload: record.payload)
        }
        try database.close()
        return content
    }
}
