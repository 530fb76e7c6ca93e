import Testing
import VDBPrimitives
import VectorDB

@Suite("A filter whose matches are all far from the query")
struct FarFilterTests {
    @Test("finds nearly as many of the nearest as are asked for")
    func distantClusters() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: Schema(
                    dimension: 64, attributes: [Attribute(name: "group", type: .keyword)]),
                options: .manual)
            var random = RandomSource(seed: 61)
            func around(_ middle: [Float], _ width: Float) -> [Float] {
                zip(middle, random.nextVector(64)).map { $0 + width * $1 }
            }
            var queries: [[Float]] = []
            var records: [Record] = []
            for group in 0..<8 {
                let center = random.nextVector(64)
                for item in 0..<250 {
                    let middle = around(center, 0.35)
                    for _ in 0..<5 {
                        records.append(
                            Record(
                                id: UInt64(records.count), vector: Vector(around(middle, 0.06)),
                                attributes: ["group": .keyword("\(group)")]))
                    }
                    if item < 5 { queries.append(around(middle, 0.06)) }
                }
            }
            // Clusters are not in the order of their rows.
            for place in stride(from: records.count - 1, to: 0, by: -1) {
                records.swapAt(place, random.next(below: place + 1))
            }
            try database.insert(records)
            try database.maintain()
            for group in ["0", "5"] {
                let filter = Filter.attribute("group") == .keyword(group)
                var found = 0
                for query in queries {
                    let ids = [Query.Effort.exact, .recall(0.95)].map { effort in
                        Result {
                            try database.search(
                                Query(Vector(query), filter: filter, effort: effort)).map(\.id)
                        }
                    }
                    found += Set(try ids[0].get()).intersection(try ids[1].get()).count
                }
                #expect(Double(found) >= 0.88 * Double(10 * queries.count), "group \(group)")
            }
            try database.close()
        }
    }
}
