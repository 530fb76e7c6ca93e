import Testing
import VDBIndex
import VDBPrimitives
import VectorDB

/// An index of attributes has a segment for each 64,512 rows; what is asked of several must add up.
@Suite("Filters on more records than a segment of an index has")
struct SegmentedFilterTests {
    private struct Item: Sendable {
        var rank: Int64
        var word: String?
        var place: Location?
        let vector: [Float]

        init(_ random: inout RandomSource) {
            rank = Int64(random.next(below: 100_000))
            word = random.next(below: 5) == 0 ? nil : "word \(random.next(below: 40))"
            if random.next(below: 3) > 0 {
                place = Location(
                    latitude: Double(random.next(below: 1800)) / 10 - 90,
                    longitude: Double(random.next(below: 3600)) / 10 - 180)
            }
            vector = (0..<4).map { _ in Float(random.next(below: 256)) }
        }

        var attributes: [String: AttributeValue] {
            [
                "rank": .integer(rank), "word": word.map { .keyword($0) } ?? .null,
                "place": place.map { .location($0) } ?? .null,
            ]
        }
    }

    private struct Case: Sendable {
        let text: String
        let isMatching: @Sendable (Item) -> Bool
    }

    private static let cases = [
        Case(text: "rank < 50") { $0.rank < 50 },
        Case(text: "rank >= 99000 and word = 'word 7'") {
            $0.rank >= 99_000 && $0.word == "word 7"
        },
        Case(text: "not rank < 99900") { $0.rank >= 99_900 },
        Case(text: "word in ('word 1', 'word 2', 'word 39') and rank between 20000 and 40000") {
            ["word 1", "word 2", "word 39"].contains($0.word)
                && (20_000...40_000).contains($0.rank)
        },
        Case(text: "word is null and rank < 30000 and place is not null") {
            $0.word == nil && $0.rank < 30_000 && $0.place != nil
        },
        Case(text: "place in box (10, 170, 20, -170) or rank = 12345") { item in
            item.rank == 12_345
                || item.place.map {
                    (10...20).contains($0.latitude)
                        && ($0.longitude >= 170 || $0.longitude <= -170)
                } ?? false
        },
        Case(text: "place in box (-5, -5, 5, 5) and not word = 'word 3' and rank > 1000") { item in
            item.word != "word 3" && item.rank > 1000
                && item.place.map {
                    (-5...5).contains($0.latitude) && (-5...5).contains($0.longitude)
                } ?? false
        },
        Case(text: "not (word = 'word 5' or rank < 1000)") {
            $0.word != "word 5" && $0.rank >= 1000
        },
    ]

    @Test("agree with a model: in full segments, with amendments, deletions, and rows in neither")
    func model() throws {
        try withTemporaryDirectory { directory in
            let schema = try Schema(
                dimension: 4, element: .uint8,
                attributes: [
                    Attribute(name: "rank", type: .integer),
                    Attribute(name: "word", type: .keyword),
                    Attribute(name: "place", type: .location),
                ])
            var options = Options.manual
            options.durability = .operatingSystem
            let database = try Database.create(
                at: directory + "/database", schema: schema, options: options)
            var random = RandomSource(seed: 77)
            var items: [UInt64: Item] = [:]
            func insert(_ ids: Range<Int>) throws {
                for id in ids { items[UInt64(id)] = Item(&random) }
                try database.insert(
                    ids.compactMap { id in
                        items[UInt64(id)].map {
                            Record(
                                id: UInt64(id), vector: Vector($0.vector),
                                attributes: $0.attributes)
                        }
                    })
            }
            let covered = AttributeSegment.rowCount + 3000
            for start in stride(from: 0, to: covered, by: 8192) {
                try insert(start..<min(start + 8192, covered))
            }
            try database.maintain()
            try check(database, schema, items)
            // A tail that the index does not have, then changes in the tables, then in the log.
            try insert(covered..<covered + 2000)
            try database.checkpoint()
            for isInTables in [true, false] {
                var changes: [Change] = []
                for _ in 0..<600 {
                    let id = UInt64(random.next(below: covered + 2000))
                    guard items[id] != nil else { continue }
                    if random.next(below: 3) == 0 {
                        items[id] = nil
                        changes.append(.delete(id: id))
                    } else {
                        let other = Item(&random)
                        items[id]?.rank = other.rank % 60
                        items[id]?.word = other.word
                        changes.append(
                            .update(
                                id: id,
                                attributes: [
                                    "rank": .integer(other.rank % 60),
                                    "word": other.word.map { .keyword($0) } ?? .null,
                                ]))
                    }
                }
                try database.write(changes)
                if isInTables { try database.checkpoint() }
                try check(database, schema, items)
            }
            #expect(try database.verify().isEmpty)
            try database.close()
        }
    }

    /// Counts, walks and searches, each often enough for what is kept of a filter to be used.
    private func check(
        _ database: Database, _ schema: Schema, _ items: [UInt64: Item]
    ) throws {
        for tried in Self.cases {
            let filter = try Filter(parsing: tried.text, schema: schema)
            let matching = Set(items.filter { tried.isMatching($0.value) }.keys)
            let least = min(matching.count, 2000)
            for effort in [Query.Effort.recall(0.9), .exact, .recall(0.9)] {
                #expect(try database.count(where: filter) == matching.count, "\(tried.text)")
                let query = Query(
                    [100, 100, 100, 100], count: 2000, filter: filter,
                    effort: effort)
                let found = try database.search(query).map(\.id)
                #expect(found.count == least && Set(found).count == least, "\(tried.text)")
                #expect(matching.isSuperset(of: found), "\(tried.text)")
            }
        }
    }
}
