import Foundation
import Testing
import VDBFilters
import VDBPrimitives
import VectorDB

@Suite("Verify names what was planted")
struct PlantedDamageTests {
    /// A database with lists, dead rows, keywords, payloads and a dictionary; made once.
    private static let original = Result { () throws -> String in
        let path = NSTemporaryDirectory() + "vdb-planted-" + UUID().uuidString
        let database = try Database.create(
            at: path, schema: .pictures(dimension: 4), options: .manual)
        var random = RandomSource(seed: 4)
        try database.insert(
            (0..<300).map { id in
                var picture = random.nextPicture(dimension: 4)
                let text = "{\"camera\":\"X100\",\"number\":\(id),\"lens\":\"23 mm\"}"
                picture.payload = Array(text.utf8)
                return Record(UInt64(10 + id), picture)
            })
        try database.maintain()
        try database.delete([11, 13, 14, 200])
        try database.close()
        return path
    }

    private func withCopy(_ body: (String) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/copy"
            try DamagedDatabase.copyFiles(try Self.original.get(), to: path)
            try body(path)
        }
    }

    /// What opening and verification say.
    private func findings(_ path: String) -> [Finding] {
        var options = Options()
        options.isReadOnly = true
        do {
            let database = try Database.open(at: path, options: options)
            defer { try? database.close() }
            return try database.verify()
        } catch {
            return [Finding(table: "opening", key: "", reason: "\(error)")]
        }
    }

    @Test("nothing planted, nothing found; and there is something of all that is written today")
    func sound() throws {
        try withCopy { path in
            #expect(findings(path) == [])
            var options = Options()
            options.isReadOnly = true
            let database = try Database.open(at: path, options: options)
            let empty = try database.statistics().tables.filter { $0.entryCount == 0 }
            #expect(empty.map(\.name) == ["assignments"])
            try database.close()
        }
    }

    @Test("each is found, and its table is named", arguments: Plant.all)
    func planted(plant: Plant) throws {
        try withCopy { path in
            try plant.edit(Planting(path: path, shape: Schema.pictures(dimension: 4).shape))
            let found = findings(path)
            let named = found.contains { finding in
                finding.table == "opening"
                    ? plant.table.isEmpty || finding.reason.contains(plant.table)
                    : (plant.table.isEmpty || finding.table == plant.table)
                        && (plant.reason.isEmpty || finding.reason.contains(plant.reason))
            }
            #expect(named, "\(found)")
        }
    }
}
