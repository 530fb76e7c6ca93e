import Testing
import VDBPrimitives
import VectorDB

@Suite("Range search finds what is within the distance")
struct RangeTests {
    private static let metrics = [Metric.euclidean, .innerProduct, .cosine]

    @Test(
        "all of it where that is promised, its share else, and no more than asked for",
        arguments: metrics)
    func ranges(metric: Metric) throws {
        try withMixedDatabase(metric: metric) { database, model, random in
            try expectComplete(metric, database, model, &random)
            try expectShare(metric, database, model, &random)
            try expectLimited(metric, database, model, &random)
            if metric == .innerProduct { try expectExtremes(database, model, &random) }
        }
    }

    /// Exactly all that is within the distance, at each effort that promises all.
    private func expectComplete(
        _ metric: Metric, _ database: Database, _ model: Model, _ random: inout RandomSource
    ) throws {
        for effort in [Query.Effort.exact, .recall(1)] {
            // Certain under the inner product only if all lists are searched.
            if metric == .innerProduct, effort != .exact { continue }
            for place in [0, 20, model.count - 1] {
                let query = random.nextVector(16)
                let radius = radius(metric, query, model.values, place)
                let found = try database.search(
                    Query(Vector(query), within: radius, effort: effort))
                expectWithin(found, radius, query, metric, model, "\(effort), \(place)")
                #expect(found.count == max(place, 1))
            }
        }
    }

    /// The recall asked for, whatever the distance and the filter.
    private func expectShare(
        _ metric: Metric, _ database: Database, _ model: Model, _ random: inout RandomSource
    ) throws {
        for filtered in [nil, FilterCase.rank(below: 500)] as [FilterCase?] {
            let matching = model.filter { filtered?.isMatching($0.value) ?? true }
            for place in [1, 30] {
                var shares = 0.0
                for _ in 0..<10 {
                    let query = random.nextVector(16)
                    let radius = radius(metric, query, matching.values, place)
                    let found = try database.search(
                        Query(Vector(query), within: radius, filter: filtered?.filter))
                    expectGenuine(
                        found, of: query, count: found.count, metric: metric,
                        among: matching)
                    #expect(found.allSatisfy { $0.distance <= radius })
                    shares += min(Double(found.count) / Double(place), 1)
                }
                #expect(shares / 10 > 0.85, "\(place), \(filtered != nil)")
            }
        }
    }

    /// At most as many as asked for, and then the nearest of them.
    private func expectLimited(
        _ metric: Metric, _ database: Database, _ model: Model, _ random: inout RandomSource
    ) throws {
        for filtered in [nil, FilterCase.rank(below: 300)] as [FilterCase?] {
            let matching = model.filter { filtered?.isMatching($0.value) ?? true }
            for count in [1, 60] {
                var foundCount = 0
                for _ in 0..<10 {
                    let query = random.nextVector(16)
                    let radius = radius(metric, query, matching.values, 100)
                    func search(_ effort: Query.Effort) throws -> [Match] {
                        try database.search(
                            Query(
                                Vector(query), within: radius, count: count,
                                filter: filtered?.filter, effort: effort))
                    }
                    let exact = try search(.exact)
                    expectNearest(exact, of: query, count: count, metric: metric, in: matching)
                    for effort in [
                        Query.Effort.recall(0.95), .manual(probeCount: 3, rerankCount: 5),
                    ] {
                        let found = try search(effort)
                        expectGenuine(
                            found, of: query, count: min(count, found.count), metric: metric,
                            among: matching)
                        #expect(found.count <= count)
                        #expect(found.allSatisfy { $0.distance <= radius })
                        guard effort == .recall(0.95) else { continue }
                        foundCount += Set(found.map(\.id)).intersection(exact.map(\.id)).count
                    }
                }
                #expect(
                    Double(foundCount) >= 0.85 * Double(10 * count),
                    "\(count), \(filtered != nil): \(foundCount)")
            }
        }
    }

    @Test("whole clusters far away are found where the distance takes them in")
    func distantClusters() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try Schema(dimension: 32), options: .manual)
            var random = RandomSource(seed: 10)
            let centers = (0..<20).map { _ in random.nextVector(32).map { 6 * $0 } }
            let vectors = (0..<4000).map { item in
                zip(centers[item % 20], random.nextVector(32)).map { $0 + $1 }
            }
            try database.insert(
                vectors.enumerated().map { Record(id: UInt64($0), vector: Vector($1)) })
            try database.maintain()
            for query in [vectors[0], vectors[13]] {
                let distances = vectors.map {
                    zip($0, query).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                }.sorted()
                for place in [150, 1000, 2000, 3999] {
                    let found = try database.search(
                        Query(Vector(query), within: distances[place]))
                    #expect(Double(found.count) >= 0.95 * Double(place), "\(place)")
                    let few = try database.search(
                        Query(Vector(query), within: distances[place], count: 5))
                    #expect(few.count == 5)
                    #expect(few.map(\.distance).max() ?? 0 <= distances[150])
                }
            }
            try database.close()
        }
    }

    @Test("equal vectors are within 0 of each other")
    func zero() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try Schema(dimension: 16), options: .manual)
            var random = RandomSource(seed: 9)
            let vectors = (0..<100).map { _ in random.nextVector(16) }
            // Each comes six times.
            try database.insert(
                (0..<600).map { Record(id: UInt64($0), vector: Vector(vectors[$0 % 100])) })
            for isTrained in [false, true] {
                if isTrained { try database.maintain() }
                for effort in [Query.Effort.exact, .recall(0.95), .recall(1)] {
                    let found = try database.search(
                        Query(Vector(vectors[7]), within: 0, effort: effort))
                    #expect(
                        found.map(\.id).sorted() == [7, 107, 207, 307, 407, 507], "\(effort)")
                }
            }
            try database.close()
        }
    }

    /// An infinite distance is no bound, and what nothing is within finds nothing.
    private func expectExtremes(
        _ database: Database, _ model: Model, _ random: inout RandomSource
    ) throws {
        let query = Vector(random.nextVector(16))
        let all = try database.search(Query(query, within: .infinity))
        #expect(Set(all.map(\.id)) == Set(model.keys))
        for effort in [Query.Effort.exact, .recall(0.95)] {
            for nothing in [-Float.infinity, -1e30] {
                #expect(
                    try database.search(
                        Query(query, within: nothing, effort: effort)
                    ).isEmpty)
            }
        }
    }

    /// The distance halfway between two neighbours of a query, `count` of which are nearer.
    private func radius(
        _ metric: Metric, _ query: [Float], _ records: some Sequence<ModelRecord>, _ count: Int
    ) -> Float {
        let sorted = records.map { Naive.distance(metric, query, $0.vector) }.sorted()
        guard count > 0 else { return Float(sorted[0]).nextUp }
        return Float((sorted[count - 1] + sorted[min(count, sorted.count - 1)]) / 2)
    }

    private func expectWithin(
        _ found: [Match], _ radius: Float, _ query: [Float], _ metric: Metric, _ model: Model,
        _ comment: String
    ) {
        expectGenuine(
            found, of: query, count: found.count, metric: metric, among: model, comment)
        let ids = Set(found.map(\.id))
        // One expectation for all: there are many records.
        let isWrong = model.contains { id, record in
            let distance = Naive.distance(metric, query, record.vector)
            let tolerance = Naive.tolerance(metric, query, record.vector)
            return distance < Double(radius) - tolerance && !ids.contains(id)
                || distance > Double(radius) + tolerance && ids.contains(id)
        }
        #expect(!isWrong, "\(comment)")
    }
}

/// Runs `body` with a database of records in the lists, in the tables and in the log, some of
/// which were deleted.
///
/// - Parameter isTrained: whether there are lists.
func withMixedDatabase(
    metric: Metric, isTrained: Bool = true,
    _ body: (Database, Model, inout RandomSource) throws -> Void
) throws {
    try withTemporaryDirectory { directory in
        let database = try Database.create(
            at: directory + "/database", schema: try .pictures(metric: metric), options: .manual)
        var random = RandomSource(seed: 40 + UInt64(metric.rawValue))
        var model: Model = [:]
        for id in 0..<UInt64(600) { model[id] = random.nextPicture() }
        let records = (0..<UInt64(600)).compactMap { id in model[id].map { Record(id, $0) } }
        try database.insert(Array(records[..<400]))
        if isTrained { try database.maintain() }
        try database.insert(Array(records[400..<500]))
        try database.checkpoint()
        try database.insert(Array(records[500...]))
        let deleted = (0..<UInt64(600)).filter { _ in random.next(below: 5) == 0 }
        try database.delete(deleted)
        for id in deleted { model[id] = nil }
        try body(database, model, &random)
        try database.close()
    }
}
