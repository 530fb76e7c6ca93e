import Testing
import VDBPrimitives
import VectorDB

/// After the first ones, filters are tried on a sample of the rows: what is found must not depend
/// on it.
@Suite("Many filters that each come once")
struct NewFilterTests {
    private func check(
        _ database: Database, _ model: Model, _ random: inout RandomSource
    ) throws {
        for _ in 0..<150 {
            let filtered = FilterCase.random(&random)
            let other = FilterCase.random(&random)
            let isBoth = random.next(below: 3) == 0
            let due = model.filter {
                filtered.isMatching($0.value) && (!isBoth || other.isMatching($0.value))
            }
            let filter = isBoth ? filtered.filter && other.filter : filtered.filter
            let query = random.nextVector(16)
            let found = try database.search(
                Query(Vector(query), count: 15, filter: filter, effort: .recall(0.9)))
            expectGenuine(
                found, of: query, count: 15, metric: .euclidean, among: due, "\(filter)")
        }
    }

    /// What is expected of ranks below 500 of 1000, as a share of the records.
    private func expectedShare(_ database: Database, of count: Int) throws -> Double {
        let filter = FilterCase.rank(below: 500).filter
        let query = Query(Vector([Float](repeating: 0, count: 16)), filter: filter)
        return Double(try database.explain(query).estimatedMatches ?? 0) / Double(count)
    }

    @Test("find what a model says, and what is expected of them is near, while records change")
    func model() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 51)
            var model: Model = [:]
            for id in 0..<UInt64(3000) {
                model[id] = random.nextPicture(rank: random.next(below: 1000))
            }
            try database.insert(model.map { Record($0.key, $0.value) })
            try database.maintain()
            try check(database, model, &random)
            #expect(abs(try expectedShare(database, of: 3000) - 0.5) < 0.1)
            // The sample is that of the state of the tables: none of the ranks stays.
            for id in 0..<UInt64(3000) {
                let rank = AttributeValue.integer(Int64(500 + random.next(below: 500)))
                model[id]?.attributes["rank"] = rank
                try database.update(id: id, attributes: ["rank": rank])
            }
            for id in stride(from: 0, to: UInt64(3000), by: 3) {
                try database.delete([id])
                model[id] = nil
            }
            try check(database, model, &random)
            try database.checkpoint()
            try check(database, model, &random)
            // Dead rows may count.
            #expect(try expectedShare(database, of: 3000) < 0.25)
            try database.close()
        }
    }

    @Test("find nothing where there is nothing, and then the first record")
    func empty() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 52)
            func found(_ limit: Int64) throws -> [UInt64] {
                try database.search(
                    Query(
                        Vector(random.nextVector(16)), filter: FilterCase.rank(below: limit).filter)
                ).map(\.id)
            }
            for limit in 0..<Int64(100) { #expect(try found(limit) == []) }
            try database.insert([Record(7, random.nextPicture(rank: 50))])
            for limit in 0..<Int64(100) { #expect(try found(limit) == (limit > 50 ? [7] : [])) }
            try database.checkpoint()
            for limit in 0..<Int64(100) { #expect(try found(limit) == (limit > 50 ? [7] : [])) }
            try database.delete([7])
            try database.checkpoint()
            for limit in 0..<Int64(100) { #expect(try found(limit) == []) }
            try database.close()
        }
    }
}
