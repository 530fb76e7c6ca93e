import Testing
import VDBPrimitives
import VectorDB

@Suite("Records by filter")
struct MatchingTests {
    /// A database with rows in the tables, of two checkpoints, and in the log; some dead.
    private func withPictures(
        count: UInt64 = 900, _ body: (Database, inout Model, inout RandomSource) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try .pictures(), options: .manual)
            var random = RandomSource(seed: 21)
            var model: Model = [:]
            for id in 0..<count {
                model[id] = random.nextPicture()
                if id == 500 { try database.insert(model.map { Record($0.key, $0.value) }) }
                if id == 500 || id == 700 { try database.checkpoint() }
                if id > 500, let record = model[id] { try database.insert(Record(id, record)) }
            }
            for id in stride(from: 3, to: count, by: 7) {
                if id % 2 == 0 {
                    try database.delete([id])
                    model[id] = nil
                } else {
                    try database.update(id: id, attributes: ["rank": 77])
                    model[id]?.attributes["rank"] = 77
                }
            }
            try body(database, &model, &random)
            try database.close()
        }
    }

    @Test("a walk gives every record that matches once, whole, and sees nothing written later")
    func walk() throws {
        try withPictures { database, model, random in
            for number in 0..<8 {
                let filtered = number == 0 ? nil : FilterCase.random(&random)
                var records = try database.records(where: filtered?.filter)
                try database.insert(Record(5000 + UInt64(number), random.nextPicture()))
                try database.delete([5000 + UInt64(number)])
                var found: Model = [:]
                while let record = try records.next() {
                    #expect(found[record.id] == nil)
                    found[record.id] = ModelRecord(
                        vector: record.vector.floats, attributes: record.attributes)
                }
                let due = model.filter { filtered?.isMatching($0.value) ?? true }
                #expect(found == due)
            }
        }
    }

    @Test("deleting by filter deletes what matches, and it stays deleted")
    func deletion() throws {
        try withPictures { database, model, random in
            for _ in 0..<4 {
                let filtered = FilterCase.random(&random)
                let matching = model.filter { filtered.isMatching($0.value) }
                #expect(try database.delete(where: filtered.filter) == matching.count)
                #expect(try database.delete(where: filtered.filter) == 0)
                for id in matching.keys { model[id] = nil }
                #expect(try database.statistics().liveCount == model.count)
            }
            try database.checkpoint()
            #expect(try database.verify() == [])
            var records = try database.records()
            var ids = Set<UInt64>()
            while let record = try records.next() { ids.insert(record.id) }
            #expect(ids == Set(model.keys))
        }
    }

    @Test("a filter that does not fit the schema is refused, and nothing is deleted")
    func refusal() throws {
        try withPictures(count: 600) { database, model, _ in
            let filter = Filter.attribute("speed") > 3
            let reading = code { _ = try database.records(where: filter) }
            #expect(reading == .invalidFilter)
            let deleting = code { try database.delete(where: filter) }
            #expect(deleting == .invalidFilter)
            let liveCount = try database.statistics().liveCount
            #expect(liveCount == model.count)
        }
    }
}
