import Foundation
import Testing
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

@Suite("Updates of attributes alone")
struct AmendmentTests {
    /// A database with an index, payloads, and some records in the log alone; and the model of it.
    private func fill(_ path: String, _ random: inout RandomSource) throws -> (Database, Model) {
        let database = try Database.create(at: path, schema: .pictures(), options: .manual)
        var model: Model = [:]
        for id in 0..<UInt64(900) {
            model[id] = random.nextPicture()
            model[id]?.payload = random.nextPayload()
        }
        try database.insert(model.sorted { $0.key < $1.key }.map { Record($0.key, $0.value) })
        try database.maintain()
        return (database, model)
    }

    /// Amends records one by one and in batches.
    private func amend(
        _ database: Database, _ model: inout Model, _ ids: some Sequence<UInt64>,
        _ random: inout RandomSource
    ) throws {
        var changes: [Change] = []
        for id in ids where model[id] != nil {
            var attributes = random.nextPicture().attributes
            for name in ["taken", "place"] where random.nextBool() { attributes[name] = .null }
            for (name, value) in attributes {
                model[id]?.attributes[name] = value == .null ? nil : value
            }
            if random.nextBool() {
                try database.update(id: id, attributes: attributes)
            } else {
                changes.append(.update(id: id, attributes: attributes))
            }
        }
        try database.write(changes)
    }

    /// Everything that reads attributes must agree with the model.
    private func check(
        _ database: Database, _ model: Model, _ random: inout RandomSource,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for (id, record) in model where id % 7 == 0 {
            #expect(
                try database.get(id) == Record(id, record), "\(id)",
                sourceLocation: sourceLocation)
        }
        for _ in 0..<5 {
            let filtered = FilterCase.random(&random)
            let matching = model.filter { filtered.isMatching($0.value) }
            let query = random.nextVector(16)
            // Each filter comes often enough for what is kept of it to be used.
            for count in [1, 10, 1000] {
                let quick = try database.search(
                    Query(Vector(query), count: count, filter: filtered.filter))
                expectGenuine(
                    quick, of: query, count: count, metric: .euclidean, among: matching,
                    "\(filtered.filter)", sourceLocation: sourceLocation)
                let exact = try database.search(
                    Query(Vector(query), count: count, filter: filtered.filter, effort: .exact))
                expectNearest(
                    exact, of: query, count: count, metric: .euclidean, in: matching,
                    "\(filtered.filter)", sourceLocation: sourceLocation)
            }
            #expect(
                try database.count(where: filtered.filter) == matching.count,
                "\(filtered.filter)", sourceLocation: sourceLocation)
            var walked: [UInt64] = []
            var records = try database.records(where: filtered.filter)
            while let record = try records.next() {
                walked.append(record.id)
                #expect(
                    record == model[record.id].map { Record(record.id, $0) },
                    sourceLocation: sourceLocation)
            }
            #expect(
                walked.sorted() == matching.keys.sorted(), "\(filtered.filter)",
                sourceLocation: sourceLocation)
        }
    }

    /// What the tables say that no amendment may touch.
    private func untouchable(_ path: String) throws -> [String: [[UInt8]]] {
        let environment = try Environment(
            path: path, tableNames: TableName.names, mapSize: 1 << 28, readOnly: true)
        return try environment.read { (access) throws(StorageError) in
            var values: [String: [[UInt8]]] = [:]
            for name in [TableName.vectors, .payloads, .identifiers, .deleted] {
                let cursor = try access.cursor(environment.table(name))
                var found = try cursor.first()
                while let entry = found {
                    values[name.rawValue, default: []].append(Array(entry.key))
                    values[name.rawValue, default: []].append(Array(entry.value))
                    found = try cursor.next()
                }
            }
            return values
        }
    }

    @Test("write no vector, payload or id, leave no dead row, and all that reads sees them")
    func untouched() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            var random = RandomSource(seed: 71)
            var (database, model) = try fill(path, &random)
            try database.close()
            let before = try untouchable(path)
            database = try Database.open(at: path, options: .manual)
            try check(database, model, &random)
            try amend(database, &model, (0..<900).filter { $0 % 3 == 1 }, &random)
            // In the log, over and over, and then in the tables.
            try check(database, model, &random)
            try amend(database, &model, (0..<900).filter { $0 % 5 < 2 }, &random)
            try check(database, model, &random)
            try database.checkpoint()
            #expect(try database.verify() == [])
            try check(database, model, &random)
            let statistics = try database.statistics()
            #expect(statistics.deadCount == 0)
            #expect(statistics.liveCount == 900)
            try database.close()
            // The manifest apart, nothing but rows, blocks and segments has changed.
            let after = try untouchable(path)
            #expect(Set(after.keys) == Set(before.keys))
            for (name, values) in before { #expect(after[name] == values, "\(name)") }
        }
    }

    @Test("a single one is found in its list without a look at all others")
    func single() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            var random = RandomSource(seed: 72)
            var options = Options.manual
            options.listCount = 48
            let database = try Database.create(at: path, schema: .pictures(), options: options)
            var model: Model = [:]
            for id in 0..<UInt64(900) { model[id] = random.nextPicture() }
            try database.insert(model.map { Record($0.key, $0.value) })
            try database.maintain()
            for id in [3, 500, 899] as [UInt64] {
                try amend(database, &model, [id], &random)
                try database.checkpoint()
                #expect(try database.verify() == [])
            }
            try check(database, model, &random)
            try database.close()
        }
    }

    @Test("of records in the log, before deletions, twice, and before updates of more")
    func interplay() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            var random = RandomSource(seed: 73)
            var (database, model) = try fill(path, &random)
            for id in 900..<UInt64(1100) {
                model[id] = random.nextPicture()
                try database.insert(Record(id, model[id] ?? random.nextPicture()))
            }
            try amend(database, &model, (0..<1100).filter { $0 % 2 == 0 }, &random)
            try amend(database, &model, (0..<1100).filter { $0 % 3 == 0 }, &random)
            try database.delete((0..<1100).filter { $0 % 6 == 0 })
            model = model.filter { $0.key % 6 != 0 }
            for id in stride(from: UInt64(2), to: 1100, by: 30) {
                let vector = random.nextVector(16)
                try database.write([
                    .update(id: id, attributes: ["rank": .integer(5)]),
                    .update(id: id, vector: .float32(vector), payload: .set([1])),
                    .update(id: id, attributes: ["hidden": true]),
                ])
                model[id]?.attributes["rank"] = .integer(5)
                model[id]?.attributes["hidden"] = true
                model[id]?.vector = vector
                model[id]?.payload = [1]
            }
            // All or nothing.
            let changes: [Change] = [
                .update(id: 1, attributes: ["rank": .integer(77)]),
                .update(id: 6, attributes: ["rank": .integer(77)]),
            ]
            #expect(code { try database.write(changes) } == .notFound)
            try check(database, model, &random)
            // What a process that is killed here leaves.
            let killed = directory + "/killed"
            try FileManager.default.copyItem(atPath: path, toPath: killed)
            let recovered = try Database.open(at: killed, options: .manual)
            try check(recovered, model, &random)
            try recovered.checkpoint()
            #expect(try recovered.verify() == [])
            try check(recovered, model, &random)
            try recovered.close()
            try database.maintain(isFull: true)
            try check(database, model, &random)
            #expect(try database.verify() == [])
            try database.close()
        }
    }

    @Test("pass through backups, compaction, repair and the eyes of another process")
    func copies() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            var random = RandomSource(seed: 74)
            var (database, model) = try fill(path, &random)
            try amend(database, &model, 0..<400, &random)
            try database.checkpoint()
            try amend(database, &model, 200..<600, &random)
            let last = random.nextPicture()
            model[2000] = last
            try database.insert(Record(2000, last))
            try amend(database, &model, [2000], &random)

            var options = Options.manual
            options.isReadOnly = true
            let copy = directory + "/copy"
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let reader = try Database.open(at: copy, options: options)
            try check(reader, model, &random)
            try reader.close()

            _ = try Database.restore(try database.archive(), to: directory + "/restored")
            let restored = try Database.open(at: directory + "/restored", options: .manual)
            try check(restored, model, &random)
            try restored.close()

            let report = try Database.repair(
                at: copy, into: directory + "/repaired", options: .manual)
            #expect(report.losses == [])
            let repaired = try Database.open(at: directory + "/repaired", options: .manual)
            try check(repaired, model, &random)
            try repaired.close()

            try database.compact()
            try check(database, model, &random)
            try database.checkpoint()
            #expect(try database.verify() == [])
            try check(database, model, &random)
            try database.close()
        }
    }
}
