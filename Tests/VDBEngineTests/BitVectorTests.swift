import Testing
import VDBFilters
import VDBPrimitives
import VectorDB

@testable import VDBEngine

@Suite("Vectors of bits")
struct BitVectorTests {
    /// No whole number of bytes.
    private static let dimension = 107

    /// Bits of a few prototypes, each turned over with some probability.
    private struct Source {
        var random: RandomSource
        private let prototypes: [[Float]]

        init(seed: UInt64) {
            var random = RandomSource(seed: seed)
            prototypes = (0..<30).map { _ in random.nextVector(dimension, .bit) }
            self.random = random
        }

        mutating func next() -> [Float] {
            prototypes[random.next(below: prototypes.count)].map {
                random.next(below: 6) == 0 ? 1 - $0 : $0
            }
        }

        mutating func nextRecord() -> ModelRecord {
            var record = random.nextPicture(dimension: 1, element: .bit)
            record.vector = next()
            return record
        }
    }

    @Test("lists hold the bits themselves: recall as asked for, filters, deletions, reopening")
    func lists() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            var source = Source(seed: 3)
            var model: Model = [:]
            for id in 0..<UInt64(2500) { model[id] = source.nextRecord() }
            let database = try Database.create(
                at: path,
                schema: try .pictures(
                    dimension: Self.dimension, element: .bit, metric: .hamming),
                options: .manual)
            try database.insert(
                (0..<2000).map { Record($0, model[$0] ?? source.nextRecord(), .bit) })
            try database.maintain()
            let trained = try database.statistics()
            try #require(trained.generation > 0)
            #expect(trained.subspaceCount == 14 && trained.bitsPerSubspace == 8)
            // Some in the tables after training, some in the log, some dead.
            try database.insert(
                (2000..<2300).map { Record($0, model[$0] ?? source.nextRecord(), .bit) })
            try database.checkpoint()
            try database.insert(
                (2300..<2500).map { Record($0, model[$0] ?? source.nextRecord(), .bit) })
            let gone = (0..<UInt64(2500)).filter { $0 % 7 == 3 }
            try database.delete(gone)
            for id in gone { model[id] = nil }
            let queries = (0..<12).map { _ in source.next() }
            try check(database, model, queries)
            #expect(try database.verify().isEmpty)
            try database.close()
            let reopened = try Database.open(at: path, options: .manual)
            try check(reopened, model, queries)
            // Lists split and merge as the records have become others.
            try reopened.maintain()
            try check(reopened, model, queries)
            #expect(try reopened.verify().isEmpty)
            try reopened.close()
        }
    }

    private func check(_ database: Database, _ model: Model, _ queries: [[Float]]) throws {
        let lists = try database.statistics().lists.count
        let all = Query.Effort.manual(probeCount: lists, rerankCount: 10)
        let filtered = FilterCase.rank(below: 300)
        var found = 0
        for query in queries {
            let vector = Vector(query, as: .bit)
            // Codes that lose nothing: all lists are as good as all vectors.
            for effort in [all, .exact] {
                expectNearest(
                    try database.search(Query(vector, count: 10, effort: effort)), of: query,
                    count: 10, metric: .hamming, in: model)
                expectNearest(
                    try database.search(
                        Query(vector, count: 10, filter: filtered.filter, effort: effort)),
                    of: query, count: 10, metric: .hamming, in: model, where: filtered.isMatching)
            }
            let exact = try database.search(Query(vector, count: 10, effort: .exact))
            // The same query in numbers.
            #expect(
                try database.search(Query(Vector(query), count: 10, effort: .exact)) == exact)
            let quick = try database.search(Query(vector, count: 10, effort: .recall(0.9)))
            expectGenuine(quick, of: query, count: 10, metric: .hamming, among: model)
            let last = exact.last?.distance ?? 0
            found += quick.count { $0.distance <= last }
        }
        #expect(Double(found) / Double(10 * queries.count) >= 0.8)
        for id in [UInt64(0), 2100, 2400] {
            #expect(try database.get(id) == model[id].map { Record(id, $0, .bit) })
        }
    }

    @Test("bits behind the last component are found by verify, and refused in the log")
    func strayBits() throws {
        try withTemporaryDirectory { directory in
            var options = EngineOptions()
            options.isAutomatic = false
            let schema = try Schema(dimension: 11, element: .bit, metric: .hamming)
            for isCheckpointed in [true, false] {
                let path = directory + "/\(isCheckpointed)"
                let engine = try Engine.create(path: path, schema: schema, options: options)
                _ = try engine.put(
                    PutRequest(ids: [4, 5], vectors: [0xFF, 0x07, 0xFF, 0x0F], attributes: []),
                    onDuplicate: .fail)
                if isCheckpointed {
                    try engine.checkpoint()
                    let damages = try engine.verify(observer: nil)
                    #expect(damages.map(\.table) == ["vectors"])
                    #expect(damages.first?.reason.contains("row 1") == true)
                    try engine.close()
                } else {
                    let damages = try engine.verify(observer: nil)
                    #expect(damages.map(\.table) == ["log"])
                    #expect(damages.first?.reason.contains("put 1") == true)
                }
            }
        }
    }
}
