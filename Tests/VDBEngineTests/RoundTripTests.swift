import Testing
import VDBPrimitives
import VectorDB

@Suite("What was put in comes out again")
struct RoundTripTests {
    private static let dimension = 19
    private static let count = 400

    @Test(
        "every element type and metric: get gives the same vector and exact search the definition",
        arguments: VectorKind.all)
    func roundTrip(kind: VectorKind) throws {
        let (element, metric) = (kind.element, kind.metric)
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let schema = try Schema.pictures(
                dimension: Self.dimension, element: element, metric: metric)
            var random = RandomSource(seed: UInt64(element.rawValue) << 8 | UInt64(metric.rawValue))
            var model: Model = [:]
            for id in 0..<UInt64(Self.count) {
                model[id * 7 + 3] = random.nextPicture(dimension: Self.dimension, element: element)
            }
            let queries = (0..<5).map { _ in random.nextVector(Self.dimension, element) }

            let database = try Database.create(at: path, schema: schema, options: .manual)
            try database.insert(model.map { Record($0.key, $0.value, element) })
            try check(database, model, queries)
            // From the log, then from the tables.
            try database.close()
            for _ in 0..<2 {
                let reopened = try Database.open(at: path, options: .manual)
                #expect(reopened.schema == schema)
                try check(reopened, model, queries)
                #expect(try reopened.verify().isEmpty)
                try reopened.close()
            }
        }
    }

    @Test("a batch in columns is the same as its records one by one")
    func batch() throws {
        try withTemporaryDirectory { directory in
            let schema = try Schema.pictures(dimension: Self.dimension)
            var random = RandomSource(seed: 5)
            var model: Model = [:]
            for id in 0..<UInt64(100) {
                model[id] = random.nextPicture(dimension: Self.dimension)
            }
            let ids = model.keys.sorted()
            let database = try Database.create(
                at: directory + "/database", schema: schema, options: .manual)
            var attributes: [String: [AttributeValue]] = [:]
            for attribute in schema.attributes {
                attributes[attribute.name] = ids.map {
                    model[$0]?.attributes[attribute.name] ?? .null
                }
            }
            let summary = try database.insert(
                Batch(
                    ids: ids, vectors: Vector(ids.flatMap { model[$0]?.vector ?? [] }),
                    attributes: attributes))
            #expect(summary.inserted == 100)
            try check(database, model, [random.nextVector(Self.dimension)])
            try database.close()
        }
    }

    @Test("extreme ids, values and texts come back as they were")
    func extremes() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let values: [[String: AttributeValue]] = [
                [
                    "taken": .timestamp(.min), "rank": .integer(.min),
                    "score": .real(-.greatestFiniteMagnitude),
                    "camera": .keyword(""), "hidden": .boolean(false),
                    "place": .location(Location(latitude: -90, longitude: -180)),
                ],
                [
                    "taken": .timestamp(.max), "rank": .integer(.max),
                    "score": .real(.greatestFiniteMagnitude),
                    "camera": .keyword(String(repeating: "é", count: 32_767)),
                    "hidden": .boolean(true),
                    "place": .location(Location(latitude: 90, longitude: 180)),
                ],
                [:],
            ]
            let vectors: [[Float]] = [
                [.leastNonzeroMagnitude, -1e18],
                [1e18, -0.0], [0, 0],
            ]
            let ids: [UInt64] = [0, .max, .max - 1]
            let database = try Database.create(
                at: path, schema: try .pictures(dimension: 2), options: .manual)
            for (id, (vector, attributes)) in zip(ids, zip(vectors, values)) {
                try database.insert(
                    Record(id: id, vector: .float32(vector), attributes: attributes))
            }
            try database.close()
            let reopened = try Database.open(at: path, options: .manual)
            for (id, (vector, attributes)) in zip(ids, zip(vectors, values)) {
                let record = try #require(try reopened.get(id))
                #expect(record.vector.floats.map(\.bitPattern) == vector.map(\.bitPattern))
                #expect(record.attributes == attributes)
            }
            #expect(try reopened.verify().isEmpty)
            try reopened.close()
        }
    }

    @Test("vectors of another element type are converted, by rounding to the nearest")
    func conversion() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: try Schema(dimension: 3, element: .uint8), options: .manual)
            try database.insert(Record(id: 1, vector: [0.4, 254.6, 7]))
            try database.insert(Record(id: 2, vector: .float16([1, 2, 3])))
            try database.insert(Record(id: 3, vector: .int8([1, 2, 127])))
            #expect(try database.get(1)?.vector == .uint8([0, 255, 7]))
            #expect(try database.get(2)?.vector == .uint8([1, 2, 3]))
            #expect(try database.get(3)?.vector == .uint8([1, 2, 127]))
            try database.close()
        }
    }

    private func check(_ database: Database, _ model: Model, _ queries: [[Float]]) throws {
        let schema = database.schema
        #expect(try database.statistics().liveCount == model.count)
        var wrong: [UInt64] = []
        for (id, record) in model {
            if try database.get(id) != Record(id, record, schema.element) { wrong.append(id) }
        }
        #expect(wrong.isEmpty)
        #expect(try database.get(1) == nil || model[1] != nil)
        for query in queries {
            let matches = try database.search(
                Query(
                    Vector(query, as: schema.element), count: 20, effort: .exact,
                    includesAttributes: true))
            expectNearest(matches, of: query, count: 20, metric: schema.metric, in: model)
            for match in matches { #expect(match.attributes == model[match.id]?.attributes) }
        }
    }
}
