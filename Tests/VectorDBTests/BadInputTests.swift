import Testing
import VectorDB

@Suite("Bad input is refused with the numbers, and changes nothing")
struct BadInputTests {
    private static let schemaAttributes = [
        Attribute(name: "rank", type: .integer), Attribute(name: "place", type: .location),
        Attribute(name: "score", type: .real), Attribute(name: "camera", type: .keyword),
    ]

    @Test("vectors of the wrong dimension", arguments: Metric.ofNumbers)
    func dimension(metric: Metric) throws {
        try withDatabase(metric: metric) { database in
            expectFailure(.invalidArgument, saying: "id 9", "3 components", "4") {
                try database.insert(Record(id: 9, vector: [1, 2, 3]))
            }
            expectFailure(.invalidArgument, saying: "5 components", "4") {
                try database.update(id: 1, vector: [1, 2, 3, 4, 5])
            }
            expectFailure(.invalidArgument, saying: "0 components", "4") {
                _ = try database.search(Query([]))
            }
            expectFailure(.invalidArgument, saying: "8", "7") {
                try database.insert(Batch(ids: [8, 9], vectors: [1, 2, 3, 4, 5, 6, 7]))
            }
        }
    }

    @Test("NaN and infinities", arguments: [Float.nan, .signalingNaN, .infinity, -.infinity])
    func notFinite(value: Float) throws {
        for element in ElementType.ofNumbers {
            try withDatabase(element: element) { database in
                let bad: Vector = .float32([1, 2, value, 4])
                expectFailure(.invalidArgument, saying: "component 2", "id 9") {
                    try database.insert(Record(id: 9, vector: bad))
                }
                expectFailure(.invalidArgument, saying: "component 2", "id 9") {
                    try database.insert(
                        Batch(ids: [8, 9], vectors: .float32([1, 2, 3, 4, 1, 2, value, 4])))
                }
                expectFailure(.invalidArgument, saying: "component 2") {
                    try database.update(id: 1, vector: bad)
                }
                expectFailure(.invalidArgument, saying: "component 2") {
                    _ = try database.search(Query(bad))
                }
                expectFailure(.invalidArgument, saying: "component 2") {
                    try database.insert(
                        Record(id: 9, vector: .float16([1, 2, Float16(value), 4])))
                }
            }
        }
    }

    @Test("distances that nothing can be within", arguments: Metric.ofNumbers)
    func within(metric: Metric) throws {
        try withDatabase(metric: metric) { database in
            for effort in [Query.Effort.exact, .recall(0.9)] {
                for value in [Float.nan, -.nan, .signalingNaN] {
                    expectFailure(.invalidArgument, saying: "within", "nan") {
                        _ = try database.search(
                            Query([1, 2, 3, 4], within: value, effort: effort))
                    }
                }
                let negative = Query([1, 2, 3, 4], within: -0.5, effort: effort)
                if metric == .innerProduct {
                    _ = try database.search(negative)
                } else {
                    expectFailure(.invalidArgument, saying: "within", "-0.5", metric.name) {
                        _ = try database.search(negative)
                    }
                }
                expectFailure(.invalidArgument, saying: "count", "0") {
                    _ = try database.search(
                        Query([1, 2, 3, 4], within: 1, count: 0, effort: effort))
                }
            }
        }
    }

    @Test("values that the element type cannot hold")
    func outOfRange() throws {
        let cases: [(ElementType, Float)] = [
            (.uint8, 256), (.uint8, -1), (.uint8, 255.6), (.uint8, -0.6), (.uint8, 3e38),
            (.int8, 128), (.int8, -129), (.int8, 127.5), (.float16, 70_000), (.float16, -1e6),
        ]
        for (element, value) in cases {
            try withDatabase(element: element) { database in
                expectFailure(
                    .invalidArgument, saying: "component 1", "id 9", "\(value)", element.name
                ) {
                    try database.insert(Record(id: 9, vector: [1, value, 3, 4]))
                }
            }
        }
        try withDatabase(element: .int8) { database in
            expectFailure(.invalidArgument, saying: "component 3", "200") {
                try database.insert(Record(id: 9, vector: .uint8([1, 2, 3, 200])))
            }
        }
    }

    @Test("a zero vector has no direction for the cosine; elsewhere it is as good as any")
    func zero() throws {
        let zeros: Vector = [0, -0.0, 0, 0]
        for element in ElementType.ofNumbers {
            try withDatabase(element: element, metric: .cosine) { database in
                expectFailure(.invalidArgument, saying: "id 9", "all zeros") {
                    try database.insert(Record(id: 9, vector: zeros))
                }
                expectFailure(.invalidArgument, saying: "all zeros") {
                    _ = try database.search(Query(zeros))
                }
                expectFailure(.invalidArgument, saying: "all zeros") {
                    try database.update(id: 1, vector: zeros)
                }
            }
        }
        for metric in [Metric.euclidean, .innerProduct] {
            try withDatabase(metric: metric) { database in
                try database.insert(Record(id: 9, vector: zeros))
                #expect(try database.search(Query(zeros, count: 5)).count == 2)
                try database.delete([9])
            }
        }
    }

    @Test(
        "what becomes zero by rounding is zero too, under the cosine",
        arguments: [ElementType.int8, .uint8, .float16])
    func zeroByRounding(element: ElementType) throws {
        try withDatabase(element: element, metric: .cosine) { database in
            expectFailure(.invalidArgument, saying: "id 9") {
                try database.insert(Record(id: 9, vector: [1e-20, 0, 1e-20, 0]))
            }
        }
    }

    @Test(
        "vectors that are very short or very long have a direction all the same",
        arguments: [Float(1e-30), 1e-22, 1e-10, 1e10, 1e17])
    func extremeLengths(scale: Float) throws {
        try withDatabase(metric: .cosine) { database in
            try database.insert(Record(id: 9, vector: .float32([scale, 0, scale, 0])))
            defer { _ = try? database.delete([9]) }
            for query in [[1, 0, 1, 0], [scale, 0, scale, 0]] {
                let matches = try database.search(Query(.float32(query), count: 5))
                #expect(Set(matches.map(\.id)) == [1, 9])
                #expect(matches.allSatisfy { $0.distance.isFinite })
            }
        }
    }

    @Test(
        "vectors so long that their squares leave float32 are refused, or found like any other",
        arguments: Metric.ofNumbers)
    func overflow(metric: Metric) throws {
        try withDatabase(metric: metric) { database in
            let long: Vector = [3e38, -3e38, 3e38, 0]
            expectFailure(.invalidArgument, saying: "id 9", "length") {
                try database.insert(Record(id: 9, vector: long))
            }
            expectFailure(.invalidArgument, saying: "query", "length") {
                _ = try database.search(Query(long))
            }
        }
    }

    @Test("a count of no or too many matches", arguments: [0, -1, 1_000_001, Int.max, Int.min])
    func count(count: Int) throws {
        try withDatabase { database in
            expectFailure(.invalidArgument, saying: "\(count)", "1000000") {
                _ = try database.search(Query([1, 2, 3, 4], count: count))
            }
        }
    }

    @Test("efforts without sense")
    func effort() throws {
        try withDatabase { database in
            let efforts: [Query.Effort] = [
                .recall(0), .recall(-1), .recall(1.01), .recall(.nan),
                .manual(probeCount: 0, rerankCount: 1), .manual(probeCount: 1, rerankCount: 0),
            ]
            for effort in efforts {
                expectFailure(.invalidArgument) {
                    _ = try database.search(Query([1, 2, 3, 4], effort: effort))
                }
            }
            let huge = Query.Effort.manual(probeCount: .max, rerankCount: .max)
            let matches = try database.search(Query([1, 2, 3, 4], effort: huge))
            #expect(matches.map(\.id) == [1])
        }
    }

    @Test("searching an empty database finds nothing")
    func empty() throws {
        try withDatabase { database in
            try database.delete([1])
            #expect(try database.search(Query([1, 2, 3, 4])).isEmpty)
            #expect(try database.get(1) == nil)
            #expect(try database.delete([1, 2, 3]) == 0)
            #expect(try database.delete([]) == 0)
            #expect(try database.insert([]).inserted == 0)
            try database.checkpoint()
            try database.maintain(isFull: true)
            #expect(try database.search(Query([1, 2, 3, 4], effort: .exact)).isEmpty)
            #expect(try database.verify().isEmpty)
            try database.insert(Record(id: 1, vector: [1, 2, 3, 4]))
        }
    }

    @Test("an id that is there, or twice in one batch: nothing of the batch is kept")
    func duplicates() throws {
        try withDatabase { database in
            expectFailure(.duplicateID, saying: "id 1 ") {
                try database.insert(Record(id: 1, vector: [4, 3, 2, 1]))
            }
            expectFailure(.duplicateID, saying: "id 1 ") {
                try database.insert([5, 6, 1, 7].map { Record(id: $0, vector: [4, 3, 2, 1]) })
            }
            for policy in [DuplicatePolicy.fail, .skip, .replace] {
                expectFailure(.duplicateID, saying: "id 6", "twice") {
                    try database.insert(
                        [5, 6, 6, 7].map { Record(id: $0, vector: [4, 3, 2, 1]) },
                        onDuplicate: policy)
                }
            }
            for id in 5...7 as ClosedRange<UInt64> {
                let record = try database.get(id)
                #expect(record == nil)
            }
        }
    }

    @Test("attributes that are not in the schema, or not of its types: nothing is kept")
    func attributes() throws {
        try withDatabase { database in
            let bad: [([String: AttributeValue], String)] = [
                (["colour": "red"], "colour"), (["Rank": 1], "Rank"),
                (["rank": "red"], "rank"), (["rank": 1.5], "rank"), (["camera": 5], "camera"),
                (["score": .real(.nan)], "score"), (["score": .real(.infinity)], "score"),
                (["place": .location(Location(latitude: 91, longitude: 0))], "91"),
                (["place": .location(Location(latitude: 0, longitude: 181))], "181"),
                (["camera": .keyword(String(repeating: "x", count: 65_536))], "65536"),
            ]
            for (attributes, part) in bad {
                expectFailure(.invalidArgument, saying: part) {
                    try database.insert([
                        Record(id: 8, vector: [1, 2, 3, 4], attributes: ["camera": "new"]),
                        Record(id: 9, vector: [1, 2, 3, 4], attributes: attributes),
                    ])
                }
                expectFailure(.invalidArgument, saying: part) {
                    try database.update(id: 1, attributes: attributes)
                }
            }
            expectFailure(.invalidArgument, saying: "rank", "2", "1") {
                try database.insert(
                    Batch(
                        ids: [8, 9], vectors: [1, 2, 3, 4, 5, 6, 7, 8],
                        attributes: ["rank": [1]]))
            }
            let records = [try database.get(8), try database.get(9)]
            #expect(records == [nil, nil])
        }
    }

    @Test("updating what is not there")
    func notFound() throws {
        try withDatabase { database in
            expectFailure(.notFound, saying: "id 77") {
                try database.update(id: 77, attributes: ["rank": 1])
            }
        }
    }

    @Test("filters that do not fit the schema, and text that is no filter")
    func filters() throws {
        try withDatabase { database in
            var deep = Filter.everything
            for _ in 0..<10_000 { deep = .not(deep) }
            let bad: [Filter] = [
                Filter.attribute("colour") == "red", Filter.attribute("rank") == "red",
                Filter.attribute("camera") < "X", Filter.attribute("rank").isIn([1, "two"]),
                Filter.attribute("place").isWithin(
                    metres: -1, of: Location(latitude: 0, longitude: 0)),
                Filter.attribute("place").isInBox(south: 10, west: 0, north: -10, east: 0),
                Filter.attribute("rank").isWithin(
                    metres: 1, of: Location(latitude: 0, longitude: 0)),
                deep,
            ]
            for filter in bad {
                expectFailure(.invalidFilter) {
                    _ = try database.search(Query([1, 2, 3, 4], filter: filter))
                }
            }
            let texts = ["", "rank", "rank =", "rank = 1 and", "(rank = 1", "rank = 'a'", "= 1"]
            for text in texts {
                #expect(throws: FilterError.self, "\(text)") {
                    try Filter(parsing: text, schema: database.schema)
                }
            }
        }
    }

    @Test("options out of range")
    func options() throws {
        try withTemporaryDirectory { directory in
            let schema = try Schema(dimension: 4)
            let changes: [(String, (inout Options) -> Void)] = [
                ("bitsPerSubspace: 5", { $0.bitsPerSubspace = 5 }),
                ("trainingThreshold: 0", { $0.trainingThreshold = 0 }),
                ("threadCount: 0", { $0.threadCount = 0 }),
                ("listCount: -1", { $0.listCount = -1 }),
                ("subspaceCount: 5", { $0.subspaceCount = 5 }),
                ("mapSize: 0", { $0.mapSize = 0 }),
            ]
            for (part, change) in changes {
                var options = Options.manual
                change(&options)
                expectFailure(.invalidArgument, saying: part) {
                    _ = try Database.create(
                        at: directory + "/database", schema: schema, options: options)
                }
            }
            try Database.create(at: directory + "/database", schema: schema).close()
        }
    }

    @Test("schemas out of range", arguments: [0, -1, 65_537, Int.max])
    func schema(dimension: Int) {
        #expect(throws: SchemaError.self) { try Schema(dimension: dimension) }
    }

    /// Runs `body` with a database that holds the record 1, which must be all there is afterwards.
    private func withDatabase(
        element: ElementType = .float32, metric: Metric = .euclidean,
        _ body: (Database) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: try Schema(
                    dimension: 4, element: element, metric: metric,
                    attributes: Self.schemaAttributes),
                options: .manual)
            let record = Record(id: 1, vector: [1, 2, 3, 4], attributes: ["rank": 5])
            try database.insert(record)
            try body(database)
            #expect(try database.statistics().liveCount == 1)
            #expect(try database.get(1)?.vector.floats == [1, 2, 3, 4])
            #expect(try database.verify().isEmpty)
            try database.close()
        }
    }
}
