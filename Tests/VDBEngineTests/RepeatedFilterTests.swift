import Testing
import VDBPrimitives
import VectorDB

/// Searches keep what a filter says of rows and blocks: it must stay true.
@Suite("A filter that comes again and again")
struct RepeatedFilterTests {
    private let filters: [FilterCase] = {
        var random = RandomSource(seed: 41)
        return (0..<6).map { _ in FilterCase.random(&random) }
    }()

    /// Searches with each filter several times.
    private func check(_ database: Database, _ model: Model, _ random: inout RandomSource) throws {
        for round in 0..<3 {
            for (number, filtered) in filters.enumerated() {
                let other = filters[(number + 3) % filters.count]
                let both = filtered.filter && other.filter
                let matching = model.filter { filtered.isMatching($0.value) }
                let matchingBoth = matching.filter { other.isMatching($0.value) }
                let query = random.nextVector(16)
                for (filter, due) in [(filtered.filter, matching), (both, matchingBoth)] {
                    for effort in [.recall(0.9), .manual(probeCount: 2, rerankCount: 20)]
                        as [Query.Effort]
                    {
                        let found = try database.search(
                            Query(Vector(query), count: 15, filter: filter, effort: effort))
                        expectGenuine(
                            found, of: query, count: 15, metric: .euclidean, among: due,
                            "\(filter), round \(round)")
                    }
                    let count = try database.count(where: filter)
                    #expect(count == due.count, "\(filter)")
                }
            }
        }
    }

    @Test("is told from one whose keyword is the same string in other bytes")
    func canonicalForms() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: Schema(
                    dimension: 2, attributes: [Attribute(name: "place", type: .keyword)]))
            let forms = ["caf\u{E9}", "cafe\u{301}"]
            try database.insert(
                forms.enumerated().map { id, form in
                    Record(
                        id: UInt64(id), vector: [1, 2], attributes: ["place": .keyword(form)])
                })
            for _ in 0..<3 {
                for (id, form) in forms.enumerated() {
                    let filter = Filter.attribute("place") == .keyword(form)
                    let found = try database.search(Query([1, 2], count: 5, filter: filter))
                    #expect(found.map(\.id) == [UInt64(id)])
                    #expect(try database.count(where: filter) == 1)
                }
            }
            try database.close()
        }
    }

    @Test("finds what a model says while records come, change and go")
    func model() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 42)
            var model: Model = [:]
            for id in 0..<UInt64(900) { model[id] = random.nextPicture() }
            try database.insert(model.map { Record($0.key, $0.value) })
            try database.maintain()
            try check(database, model, &random)
            // Within one state of the tables: deletions, and records that only the log has, with
            // keywords that the filters did not find before.
            for id in stride(from: 0, to: UInt64(900), by: 5) {
                try database.delete([id])
                model[id] = nil
            }
            try check(database, model, &random)
            for id in 900..<UInt64(960) { model[id] = random.nextPicture() }
            try database.insert(
                (900..<UInt64(960)).compactMap { id in
                    model[id].map { Record(id, $0) }
                })
            try check(database, model, &random)
            try database.checkpoint()
            try check(database, model, &random)
            try database.close()
        }
    }

    @Test("with a new keyword finds the first record that has it")
    func newKeyword() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 43)
            try database.insert((0..<UInt64(300)).map { Record($0, random.nextPicture()) })
            try database.maintain()
            let query = Query(
                Vector(random.nextVector(16)), filter: Filter.attribute("camera") == "unheard of")
            for _ in 0..<3 { #expect(try database.search(query) == []) }
            try database.update(id: 17, attributes: ["camera": .keyword("unheard of")])
            for _ in 0..<3 { #expect(try database.search(query).map(\.id) == [17]) }
            try database.checkpoint()
            for _ in 0..<3 { #expect(try database.search(query).map(\.id) == [17]) }
            try database.close()
        }
    }

    @Test("of conditions that never go together finds nothing without looking at vectors")
    func contradiction() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 44)
            try database.insert(
                (0..<UInt64(1000)).map { id in
                    var picture = random.nextPicture(rank: Int(id))
                    picture.attributes["camera"] = .keyword(id < 500 ? "old" : "new")
                    return Record(id, picture)
                })
            try database.maintain()
            let filter =
                Filter.attribute("camera") == "old" && Filter.attribute("rank") >= 480
            let query = Query(
                Vector(random.nextVector(16)), count: 50, filter: filter, effort: .exact)
            // The first time, looking at all of so few rows would cost less.
            var explanation = try database.explain(query)
            for _ in 0..<4 {
                #expect(explanation.found == 20)
                #expect(explanation.compared == 20)
                explanation = try database.explain(query)
            }
            #expect(explanation.plan == .attributes)
            let nothing = Query(
                Vector(random.nextVector(16)),
                filter: Filter.attribute("camera") == "old" && Filter.attribute("rank") >= 500,
                effort: .exact)
            for _ in 0..<4 { #expect(try database.explain(nothing).compared == 0) }
            try database.close()
        }
    }
}
