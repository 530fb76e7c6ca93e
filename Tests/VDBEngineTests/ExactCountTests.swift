import Testing
import VDBPrimitives
import VectorDB

@Suite("k means k")
struct ExactCountTests {
    /// From nearly all records to none; ranks are 0 ..< 1000 and each occurs twice.
    private static let limits: [Int64] = [1000, 500, 100, 10, 1, 0]
    private static let efforts: [Query.Effort] = [
        .recall(0.95), .recall(0.1), .manual(probeCount: 1, rerankCount: 1),
        .manual(probeCount: 1, rerankCount: 50), .exact,
    ]

    @Test(
        "a trained index with deletions and rows in the log finds min(k, matches), each once",
        arguments: [(Metric.euclidean, 4), (.euclidean, 8), (.innerProduct, 4), (.cosine, 4)])
    func counts(metric: Metric, bits: Int) throws {
        try withTemporaryDirectory { directory in
            var options = Options.manual
            options.bitsPerSubspace = bits
            let database = try Database.create(
                at: directory + "/database", schema: try .pictures(metric: metric),
                options: options)
            var random = RandomSource(seed: UInt64(bits) + 100 * UInt64(metric.rawValue))
            var model: Model = [:]
            for id in 0..<UInt64(2000) { model[id] = random.nextPicture(rank: Int(id % 1000)) }
            try database.insert(model.keys.sorted().prefix(1600).map { record($0, model) })
            try database.maintain()
            try #require(try database.statistics().generation > 0)
            // A part in the tables after training, a part in the log alone.
            try database.insert((1600..<1800).map { record($0, model) })
            try database.checkpoint()
            try database.insert((1800..<2000).map { record($0, model) })
            let deleted = (0..<2000).filter { _ in random.next(below: 4) == 0 }.map(UInt64.init)
            try database.delete(deleted)
            for id in deleted { model[id] = nil }
            try #require(try database.statistics().inLogCount > 0)

            let query = random.nextVector(16)
            for limit in Self.limits {
                let filtered = FilterCase.rank(below: limit)
                let matching = model.filter { filtered.isMatching($0.value) }
                for effort in Self.efforts {
                    for count in [1, 10, 150] {
                        let matches = try database.search(
                            Query(
                                Vector(query), count: count, filter: filtered.filter,
                                effort: effort))
                        expectGenuine(
                            matches, of: query, count: count, metric: metric, among: matching,
                            "rank < \(limit), \(effort), k = \(count)")
                    }
                }
            }
            try database.close()
        }
    }

    @Test(
        "k larger than the collection gives the collection",
        arguments: [nil, Filter.everything, Filter.attribute("rank") >= 0] as [Filter?])
    func everything(filter: Filter?) throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try .pictures(), options: .manual)
            var random = RandomSource(seed: 1)
            var model: Model = [:]
            for id in 0..<UInt64(400) { model[id] = random.nextPicture() }
            try database.insert(model.map { Record($0.key, $0.value) })
            for _ in 0..<2 {
                for effort in Self.efforts {
                    for count in [400, 401, 1_000_000] {
                        let query = random.nextVector(16)
                        let matches = try database.search(
                            Query(Vector(query), count: count, filter: filter, effort: effort))
                        expectGenuine(
                            matches, of: query, count: count, metric: .euclidean, among: model,
                            "\(effort), k = \(count)")
                    }
                }
                try database.maintain(isFull: true)
            }
            try database.close()
        }
    }

    @Test("records that are all equal are all found, once each")
    func equalVectors() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try Schema(dimension: 16), options: .manual)
            let vector = [Float](repeating: 0.5, count: 16)
            try database.insert((0..<700).map { Record(id: $0, vector: Vector(vector)) })
            try database.maintain(isFull: true)
            #expect(try database.verify().isEmpty)
            for effort in Self.efforts {
                let matches = try database.search(
                    Query(Vector(vector), count: 700, effort: effort))
                #expect(Set(matches.map(\.id)).count == 700)
                #expect(matches.allSatisfy { $0.distance == 0 })
            }
            try database.close()
        }
    }

    @Test("after everything was deleted nothing is found, and inserting goes on")
    func emptied() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try .pictures(), options: .manual)
            var random = RandomSource(seed: 2)
            var model: Model = [:]
            for id in 0..<UInt64(400) { model[id] = random.nextPicture() }
            try database.insert(model.map { Record($0.key, $0.value) })
            try database.maintain()
            #expect(try database.delete(Array(model.keys)) == 400)
            let query = random.nextVector(16)
            for _ in 0..<2 {
                for effort in Self.efforts {
                    #expect(
                        try database.search(Query(Vector(query), effort: effort)).isEmpty)
                }
                try database.maintain(isFull: true)
            }
            try database.insert(record(7, model))
            for effort in Self.efforts {
                #expect(
                    try database.search(Query(Vector(query), effort: effort)).map(\.id) == [7])
            }
            #expect(try database.verify().isEmpty)
            try database.close()
        }
    }

    private func record(_ id: UInt64, _ model: Model) -> Record {
        Record(id, model[id] ?? ModelRecord(vector: [], attributes: [:]))
    }
}
