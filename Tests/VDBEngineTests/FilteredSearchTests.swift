import Testing
import VDBFilters
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

@Suite("Filtered search")
struct FilteredSearchTests {
    /// Filters put together at random: nested, contradictory, empty and all-matching ones too.
    private func randomFilter(_ random: inout RandomSource, depth: Int = 2) -> FilterCase {
        switch random.next(below: depth > 0 ? 8 : 3) {
        case 3, 4:
            let (left, right) = (
                randomFilter(&random, depth: depth - 1), randomFilter(&random, depth: depth - 1)
            )
            return FilterCase(filter: left.filter && right.filter) {
                left.isMatching($0) && right.isMatching($0)
            }
        case 5, 6:
            let (left, right) = (
                randomFilter(&random, depth: depth - 1), randomFilter(&random, depth: depth - 1)
            )
            return FilterCase(filter: left.filter || right.filter) {
                left.isMatching($0) || right.isMatching($0)
            }
        case 7:
            let inner = randomFilter(&random, depth: depth - 1)
            return FilterCase(filter: !inner.filter) { !inner.isMatching($0) }
        default:
            return FilterCase.random(&random)
        }
    }

    /// Searches, counts and walks under random filters, and compares with the model.
    private func check(_ database: Database, _ model: Model, _ random: inout RandomSource) throws {
        for _ in 0..<12 {
            let filtered = randomFilter(&random)
            let matching = model.filter { filtered.isMatching($0.value) }
            let query = random.nextVector(16)
            let count = [1, 10, 200][random.next(below: 3)]
            for effort in [.recall(0.95), .exact] as [Query.Effort] {
                let matches = try database.search(
                    Query(Vector(query), count: count, filter: filtered.filter, effort: effort))
                if effort == .exact {
                    expectNearest(
                        matches, of: query, count: count, metric: .euclidean, in: matching,
                        "\(filtered.filter)")
                } else {
                    expectGenuine(
                        matches, of: query, count: count, metric: .euclidean, among: matching,
                        "\(filtered.filter)")
                }
            }
            let found = try database.count(where: filtered.filter)
            #expect(found == matching.count, "\(filtered.filter)")
        }
    }

    @Test("agrees with a model through deletions, updates, a delta and reopening")
    func model() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            var database = try Database.create(
                at: path, schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 31)
            var model: Model = [:]
            for id in 0..<UInt64(1200) { model[id] = random.nextPicture() }
            try database.insert(model.map { Record($0.key, $0.value) })
            // Once with all rows in the indexes, and with lists.
            try database.maintain()
            try check(database, model, &random)
            for id in 1200..<UInt64(1500) {
                let picture = random.nextPicture()
                model[id] = picture
                try database.insert(Record(id, picture))
                if id == 1350 { try database.checkpoint() }
            }
            for id in stride(from: 1, to: UInt64(1500), by: 6) {
                if id % 4 == 1 {
                    try database.update(id: id, attributes: ["camera": .keyword("camera 1")])
                    model[id]?.attributes["camera"] = .keyword("camera 1")
                } else {
                    try database.delete([id])
                    model[id] = nil
                }
            }
            // Rows that wait for their index, rows in the log, dead rows.
            try check(database, model, &random)
            try database.close()
            database = try Database.open(at: path, options: .manual)
            #expect(try database.verify() == [])
            try check(database, model, &random)
            try database.close()
        }
    }

    @Test("an explanation says which way was taken, and what it found")
    func explanation() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 32)
            let records = (0..<UInt64(1000)).map { Record($0, random.nextPicture(rank: Int($0))) }
            try database.insert(records)
            try database.checkpoint()
            try database.maintain()
            let few = try database.explain(
                Query(
                    Vector(random.nextVector(16)), filter: Filter.attribute("rank") < 5,
                    effort: .exact))
            #expect(few.plan == .attributes)
            #expect(few.estimatedMatches == 5)
            #expect(few.found == 5)
            #expect(few.compared == 5)
            #expect(few.description.contains("plan: attributes"))
            let unfiltered = try database.explain(Query(Vector(random.nextVector(16))))
            #expect(unfiltered.plan == .lists)
            #expect(unfiltered.estimatedMatches == nil)
            #expect(unfiltered.listsProbed > 0)
            try database.close()
        }
    }

    @Test("verify finds an index that contradicts the rows, and opening finds a gap in it")
    func contradiction() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let database = try Database.create(at: path, schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 33)
            try database.insert((0..<UInt64(50)).map { Record($0, random.nextPicture()) })
            try database.maintain()
            #expect(try database.verify() == [])
            try database.close()
            let ranks = Keys.segment(attribute: 2, 0)
            // All rows are there, each under another's key.
            let wrong = AttributeSegment.encode(
                (0..<50).map { UInt64($0) }, width: .eight, key: ranks)
            try change(path) { (transaction, table) throws(StorageError) in
                try transaction.put(table, ranks, wrong)
            }
            let damaged = try Database.open(at: path, options: .manual)
            let findings = try damaged.verify()
            #expect(findings.map(\.table) == ["attributes"])
            try damaged.close()
            try change(path) { (transaction, table) throws(StorageError) in
                try transaction.remove(table, ranks)
                let later = Keys.segment(attribute: 2, 1)
                try transaction.put(
                    table, later, AttributeSegment.encode([1], width: .eight, key: later))
            }
            let opening = code { _ = try Database.open(at: path, options: .manual) }
            #expect(opening == .damaged)
        }
    }

    private func change(
        _ path: String,
        _ body: (borrowing WriteTransaction, Table) throws(StorageError) -> Void
    ) throws {
        let environment = try Environment(
            path: path, tableNames: TableName.names, mapSize: 1 << 30, readOnly: false,
            creating: false)
        let transaction = try environment.beginWrite()
        try body(transaction, environment.table(.attributes))
        try transaction.commit()
    }
}
