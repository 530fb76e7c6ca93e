import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("Recall on vectors like a model's")
struct RecallTests {
    private static let dimension = 64
    private static let count = 3000
    private static let queryCount = 30

    @Test(
        "ten neighbours are found: nearly all with much work, nine of ten where that is asked for",
        arguments: Metric.ofNumbers, [4, 8])
    func recall(metric: Metric, bits: Int) throws {
        try withTemporaryDirectory { directory in
            var options = Options.manual
            options.bitsPerSubspace = bits
            let schema = try Schema(dimension: Self.dimension, metric: metric)
            let database = try Database.create(
                at: directory + "/database", schema: schema, options: options)
            var features = FeatureSource(dimension: Self.dimension, seed: 42)
            try database.insert(
                Batch(
                    ids: Array(0..<UInt64(Self.count)),
                    vectors: Vector((0..<Self.count).flatMap { _ in features.next() })))
            try database.maintain()
            try #require(try database.statistics().generation > 0)
            let queries = (0..<Self.queryCount).map { _ in Vector(features.next()) }
            let truth = try queries.map { Set(try ids(database, $0, .exact)) }

            let lists = try database.statistics().lists.count
            let thorough = Query.Effort.manual(
                probeCount: max(1, lists * 2 / 3), rerankCount: 200)
            #expect(try recall(database, queries, truth, thorough) >= 0.95)
            #expect(try recall(database, queries, truth, .recall(0.9)) >= 0.85)
            let all = Query.Effort.manual(probeCount: lists, rerankCount: Self.count)
            #expect(try recall(database, queries, truth, all) == 1)
            try database.close()
        }
    }

    private func ids(
        _ database: Database, _ query: Vector, _ effort: Query.Effort
    ) throws -> [UInt64] {
        try database.search(Query(query, count: 10, effort: effort)).map(\.id)
    }

    private func recall(
        _ database: Database, _ queries: [Vector], _ truth: [Set<UInt64>], _ effort: Query.Effort
    ) throws -> Double {
        var found = 0
        for (query, nearest) in zip(queries, truth) {
            found += nearest.intersection(try ids(database, query, effort)).count
        }
        return Double(found) / Double(10 * queries.count)
    }
}

/// Vectors shaped like a network's features: clusters in a few dimensions, mapped up by a random
/// linear map, squashed, with a little noise in all dimensions.
struct FeatureSource {
    private static let innerDimension = 8
    private static let clusterCount = 20
    private let dimension: Int
    private let centers: [[Float]]
    private let map: [[Float]]
    private var random: RandomSource

    init(dimension: Int, seed: UInt64) {
        var random = RandomSource(seed: seed)
        self.dimension = dimension
        centers = (0..<Self.clusterCount).map { _ in
            random.nextVector(Self.innerDimension).map { $0 * 1.5 }
        }
        map = (0..<dimension).map { _ in
            random.nextVector(Self.innerDimension).map { $0 / 3 }
        }
        self.random = random
    }

    mutating func next() -> [Float] {
        let center = centers[random.next(below: Self.clusterCount)]
        let inner = zip(center, random.nextVector(Self.innerDimension)).map { $0 + 0.7 * $1 }
        return map.map { row in
            var sum: Float = 0
            for index in 0..<Self.innerDimension { sum += row[index] * inner[index] }
            return tanh(sum) + 0.05 * random.nextNormal()
        }
    }
}
