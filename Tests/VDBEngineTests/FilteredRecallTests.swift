import Testing
import VDBPrimitives
import VectorDB

@Suite("Recall under a filter")
struct FilteredRecallTests {
    private static let dimension = 64
    private static let count = 8000

    @Test(
        "is what was asked for, whether or not matches are like each other, in every metric",
        arguments: Metric.ofNumbers)
    func recall(metric: Metric) throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: Schema(
                    dimension: Self.dimension, metric: metric,
                    attributes: [
                        Attribute(name: "chance", type: .real),
                        Attribute(name: "likeness", type: .real),
                    ]),
                options: .manual)
            var features = FeatureSource(dimension: Self.dimension, seed: 5)
            var random = RandomSource(seed: 6)
            let vectors = (0..<Self.count).map { _ in features.next() }
            try database.insert(
                vectors.enumerated().map { id, vector in
                    Record(
                        id: UInt64(id), vector: Vector(vector),
                        attributes: [
                            "chance": .real(Double(random.nextUnit())),
                            "likeness": .real(Double(vector[0])),
                        ])
                })
            try database.maintain()
            let queries = (0..<100).map { _ in Vector(features.next()) }
            let first = vectors.map { $0[0] }.sorted()
            for share in [0.5, 0.2, 0.1, 0.05] {
                let rank = Int(share * Double(Self.count))
                for filter in [
                    Filter.attribute("chance") < .real(share),
                    Filter.attribute("likeness") < .real(Double(first[rank])),
                    Filter.attribute("likeness") > .real(Double(first[Self.count - rank])),
                ] {
                    var (found, foundWithin) = (0, 0)
                    for query in queries {
                        func ids(_ effort: Query.Effort, within: Float?) throws -> Set<UInt64> {
                            var query = Query(query, filter: filter, effort: effort)
                            query.within = within
                            return Set(try database.search(query).map(\.id))
                        }
                        let truth = try ids(.exact, within: nil)
                        found += try truth.intersection(ids(.recall(0.95), within: nil)).count
                        // A distance that all are within changes nothing.
                        foundWithin +=
                            try truth.intersection(ids(.recall(0.95), within: 1e30)).count
                    }
                    #expect(found >= 920, "\(filter): of \(10 * queries.count)")
                    #expect(foundWithin >= 920, "\(filter), within: of \(10 * queries.count)")
                }
            }
            try database.close()
        }
    }
}
