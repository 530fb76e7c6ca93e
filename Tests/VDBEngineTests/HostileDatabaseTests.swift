import Foundation
import Testing
import VDBFilters
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

/// Tables that contradict each other, under checksums that match: whoever wrote them means harm.
@Suite("A hostile database is refused or answers wrongly, and does nothing else")
struct HostileDatabaseTests {
    @Test("everything can be asked of it", arguments: HostileEdit.all.indices)
    func use(index: Int) async throws {
        await #expect(processExitsWith: .success, "\(HostileEdit.all[index].name)") {
            [index = index as Int] in
            DamagedDatabase.setAlarm(seconds: 120)
            try withTemporaryDirectory { try HostileEdit.all[index].run(in: $0) }
        }
    }
}

/// One change of a small database.
struct HostileEdit: Sendable {
    let name: String
    let edit: @Sendable (Planting) throws -> Void

    init(_ name: String, _ edit: @escaping @Sendable (Planting) throws -> Void) {
        (self.name, self.edit) = (name, edit)
    }

    static let all: [HostileEdit] = identity + counts + chunks + models

    private static let identity = [
        HostileEdit("an id that leads to a row far behind all") {
            try $0.identifiers { $0[3] = Identifiers.Entry(id: $0[3].id, row: .max - 1) }
        },
        HostileEdit("two ids of one row") {
            try $0.identifiers { $0[3] = Identifiers.Entry(id: $0[3].id, row: $0[4].row) }
        },
        HostileEdit("buckets that overlap") {
            try $0.move(.identifiers, from: $0.firstKey(.identifiers), to: Key(UInt64.max - 1))
        },
    ]

    private static let counts = [
        HostileEdit("dead rows that are none") { tables in
            try tables.edit(.deleted, Keys.chunk(0)) { bytes in
                for index in 100..<bytes.count { bytes[index] = 255 }
            }
        },
        HostileEdit("dead rows in the last chunk that a key can name") {
            try $0.move(
                .deleted, from: Keys.chunk(0), to: Keys.chunk(Int(UInt32.max)), keeping: true)
        },
        HostileEdit("as many rows as can be numbered") {
            try $0.manifest { $0.rowCount = .max - 3 }
        },
        HostileEdit("positions that end what can be counted") {
            try $0.manifest { $0.appliedPosition = .max }
        },
        HostileEdit("numbers of lists that are used up") {
            try $0.manifest { ($0.nextList, $0.nextGeneration) = (.max, .max) }
        },
        HostileEdit("chunks of vectors of two thousand million rows") {
            try $0.manifest { $0.vectorChunkRowCount = 1 << 31 }
        },
    ]

    private static let chunks = [
        HostileEdit("a chunk of rows that says it has one") {
            try $0.edit(.rows, Keys.chunk(0)) { $0.store(UInt32(1), at: 8) }
        },
        HostileEdit("a chunk of rows that is as far away as can be") {
            try $0.move(
                .rows, from: Keys.chunk(0), to: Keys.chunk(Int(UInt32.max)), keeping: true)
        },
        HostileEdit("a chunk of vectors that says it has thousands of millions") {
            try $0.edit(.vectors, Keys.chunk(0)) { $0.store(UInt32.max, at: 8) }
        },
        HostileEdit("places of an attribute behind the rows of its segment") { tables in
            try tables.edit(.attributes, tables.firstKey(.attributes)) { bytes in
                for index in bytes.count - 200..<bytes.count { bytes[index] = 255 }
            }
        },
        HostileEdit("a segment of an attribute that is as far away as can be") { tables in
            try tables.move(
                .attributes, from: tables.firstKey(.attributes),
                to: Keys.segment(attribute: 0, Int(UInt32.max)), keeping: true)
        },
        HostileEdit("a payload of four gigabytes in a few bytes") { tables in
            try tables.edit(.payloads, tables.firstKey(.payloads)) {
                $0[8] = 2
                $0.store(UInt32.max, at: 16)
            }
        },
        HostileEdit("rows in a list that are none") { tables in
            try tables.entries { entries in
                for index in 0..<entries.count { entries.rows[index] = .max - UInt32(index) }
            }
        },
    ]

    private static let models = [
        HostileEdit("an operating point of no lists and no candidates") { tables in
            let key = Keys.calibration(generation: tables.centroids.firstPart)
            try tables.edit(.models, key) { bytes in
                for point in 0..<Int(bytes[24]) {
                    bytes.store(UInt32(0), at: 28 + 16 * point + 4)
                    bytes.store(UInt32(0), at: 28 + 16 * point + 8)
                }
            }
        },
        HostileEdit("estimates and centroids that are no numbers") { tables in
            try tables.entries { entries in
                for index in 0..<entries.count {
                    (entries.alphas[index], entries.betas[index]) = (.nan, .nan)
                }
            }
            try tables.edit(.models, tables.lastKey(.models)) { bytes in
                for offset in stride(from: 16, to: bytes.count - 3, by: 4) {
                    bytes.store(Float.nan.bitPattern, at: offset)
                }
            }
        },
    ]

    /// Makes a database, changes it, and asks everything of it.
    func run(in directory: String) throws {
        let path = directory + "/hostile"
        let schema = try Schema.pictures(dimension: 4)
        let database = try Database.create(at: path, schema: schema, options: .manual)
        var random = RandomSource(seed: 4)
        try database.insert(
            (0..<300).map { id in
                var picture = random.nextPicture(dimension: 4)
                picture.payload = Array("{\"camera\":\"X100\",\"number\":\(id)}".utf8)
                return Record(UInt64(10 + id), picture)
            })
        try database.maintain()
        try database.delete([11, 13])
        try database.close()
        try edit(Planting(path: path, shape: schema.shape))
        Self.use(path, schema)
        _ = try? Database.repair(at: path, into: directory + "/repaired", options: .manual)
    }

    /// The first one means none.
    private static let filters = [
        "", "rank < 500", "hidden = true or rank > 990", "camera = \"X100\" and score > 0",
        "place within 5000 km of (10, 10) and taken is not null", "not (rank between 100 and 200)",
    ]

    private static func use(_ path: String, _ schema: Schema) {
        for isReadOnly in [true, false] {
            var options = Options.manual
            options.isReadOnly = isReadOnly
            guard let database = try? Database.open(at: path, options: options) else { continue }
            defer { _ = try? database.close() }
            _ = try? database.verify()
            var random = RandomSource(seed: 5)
            let query = Vector([1, 2, 3, 4])
            for text in filters {
                let filter = try? Filter(parsing: text, schema: schema)
                for effort in [.recall(0.9), .exact] as [Query.Effort] {
                    _ = try? database.search(
                        Query(
                            query, filter: filter, effort: effort, includesAttributes: true,
                            includesPayload: true))
                }
                _ = try? database.search(Query(query, within: 3, filter: filter))
                _ = try? database.count(where: filter)
            }
            for id in [10, 13, 14, 309] as [UInt64] { _ = try? database.get(id) }
            guard !isReadOnly else { continue }
            for id in [13, 14, 1000] as [UInt64] {
                let record = Record(id, random.nextPicture(dimension: 4))
                _ = try? database.insert([record], onDuplicate: .replace)
            }
            _ = try? database.delete([15])
            _ = try? database.maintain(isFull: true)
        }
    }
}
