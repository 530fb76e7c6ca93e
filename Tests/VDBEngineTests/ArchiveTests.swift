import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("What was backed up is restored")
struct ArchiveTests {
    private static let dimension = 16

    @Test(
        "index, dead rows, keywords and what is only in the log answer as they did",
        arguments: VectorKind.all)
    func roundTrip(kind: VectorKind) throws {
        let (element, metric) = (kind.element, kind.metric)
        try withTemporaryDirectory { directory in
            var random = RandomSource(seed: UInt64(element.rawValue) << 8 | UInt64(metric.rawValue))
            var model: Model = [:]
            let database = try Self.fill(
                directory + "/database", element, metric, &random, &model)
            #expect(try database.statistics().generation > 0)
            #expect(try database.statistics().inLogCount > 0)
            let archive = try database.archive()
            let questions = Self.questions(element, &random)
            let answers = try questions.map { try database.search($0) }
            // A second time from the restored one: what is in its log is in its archive too.
            let second = try Database.withRestored(archive, at: directory + "/once") {
                (restored: Database) throws in
                try Self.expect(restored, like: database, model, questions, answers)
                return try restored.archive()
            }
            try Database.withRestored(second, at: directory + "/twice") {
                (restored: Database) throws in
                try Self.expect(restored, like: database, model, questions, answers)
                // And it goes on as a database of its own.
                try restored.insert(Record(9999, random.nextPicture(element: element), element))
                try restored.checkpoint()
                #expect(try restored.statistics().liveCount == model.count + 1)
            }
            try database.close()
        }
    }

    @Test("an empty database is restored as an empty one")
    func empty() throws {
        try withTemporaryDirectory { directory in
            let schema = try Schema.pictures()
            let database = try Database.create(
                at: directory + "/database", schema: schema, options: .manual)
            let archive = try database.archive()
            try database.close()
            try Database.withRestored(archive, at: directory + "/restored") {
                (restored: Database) throws in
                #expect(restored.schema == schema)
                #expect(try restored.statistics().liveCount == 0)
                try restored.insert(Record(id: 1, vector: Vector([Float](repeating: 1, count: 16))))
            }
        }
    }

    @Test("records that came and went within the log are not in the archive")
    func overwritten() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: try Schema(
                    dimension: 2, attributes: [Attribute(name: "word", type: .keyword)]),
                options: .manual)
            try database.insert(
                Record(id: 1, vector: [1, 1], attributes: ["word": .keyword("old")]))
            try database.checkpoint()
            for value in 0..<20 {
                let record = Record(
                    id: 1, vector: [Float(value), 0],
                    attributes: ["word": .keyword("word \(value)")])
                try database.insert([record], onDuplicate: .replace)
            }
            try database.insert(Record(id: 2, vector: [5, 5]))
            try database.delete([2])
            let archive = try database.archive()
            try database.close()
            try Database.withRestored(archive, at: directory + "/restored") {
                (restored: Database) throws in
                #expect(try restored.statistics().inLogCount == 1)
                #expect(try restored.get(1)?.attributes == ["word": .keyword("word 19")])
                #expect(try restored.get(2) == nil)
                #expect(try restored.search(Query([0, 0], count: 9)).map(\.id) == [1])
            }
        }
    }

    @Test("the level changes the size, not what is restored; one that zstd lacks is refused")
    func levels() throws {
        try withTemporaryDirectory { directory in
            var random = RandomSource(seed: 8)
            var model: Model = [:]
            let database = try Self.fill(
                directory + "/database", .uint8, .euclidean, &random, &model)
            let fast = try database.archive(level: 1)
            let small = try database.archive(level: 19)
            #expect(small.count < fast.count)
            for (index, archive) in [fast, small].enumerated() {
                try Database.withRestored(archive, at: directory + "/\(index)") {
                    (restored: Database) throws in
                    let statistics = try restored.statistics()
                    #expect(statistics.liveCount == model.count)
                }
            }
            #expect(code { _ = try database.archive(level: 0) } == .invalidArgument)
            #expect(code { _ = try database.archive(level: 99) } == .invalidArgument)
            try database.close()
            #expect(code { _ = try database.archive() } == .closed)
        }
    }

    @Test("content of many blocks, with values larger than one, comes through")
    func large() throws {
        try withTemporaryDirectory { directory in
            let dimension = 16_384
            let database = try Database.create(
                at: directory + "/database", schema: try Schema(dimension: dimension),
                options: .manual)
            var random = RandomSource(seed: 6)
            var model: [UInt64: [Float]] = [:]
            for id in 0..<UInt64(150) {
                let values = (0..<dimension).map { _ in random.nextUnit() }
                model[id] = values
                try database.insert(Record(id: id, vector: .float32(values)))
                if id == 99 { try database.checkpoint() }
            }
            let archive = try database.archive(level: 1)
            #expect(archive.count > 5 << 20)
            try database.close()
            try Database.withRestored(archive, at: directory + "/restored") {
                (restored: Database) throws in
                for (id, values) in model {
                    let record = try restored.get(id)
                    #expect(record?.vector == .float32(values))
                }
            }
        }
    }

    /// A trained database with dead rows, and with operations of every kind in its log.
    private static func fill(
        _ path: String, _ element: ElementType, _ metric: Metric, _ random: inout RandomSource,
        _ model: inout Model
    ) throws -> Database {
        var options = Options.manual
        options.listCount = 8
        options.subspaceCount = 4
        let database = try Database.create(
            at: path,
            schema: try .pictures(dimension: dimension, element: element, metric: metric),
            options: options)
        for round in 0..<3 {
            var records: Model = [:]
            for _ in 0..<500 {
                var record = random.nextPicture(element: element)
                record.payload = random.nextPayload()
                records[UInt64(random.next(below: 700))] = record
            }
            // A keyword that only this round knows.
            records[UInt64(800 + round)] = random.nextPicture(element: element)
            records[UInt64(800 + round)]?.attributes["camera"] = .keyword("round \(round)")
            try database.insert(
                records.sorted { $0.key < $1.key }.map { Record($0.key, $0.value, element) },
                onDuplicate: .replace)
            model.merge(records) { $1 }
            let gone = (0..<60).map { _ in UInt64(random.next(below: 700)) }
            try database.delete(gone)
            for id in gone { model[id] = nil }
            if round == 0 { try database.maintain(isFull: true) }
            if round == 1 { try database.checkpoint() }
        }
        return database
    }

    private static func questions(
        _ element: ElementType, _ random: inout RandomSource
    ) -> [Query] {
        (0..<3).flatMap { _ in
            let vector = Vector(random.nextVector(dimension, element), as: element)
            let filter = FilterCase.random(&random).filter
            return [
                Query(vector, count: 15, includesAttributes: true),
                Query(vector, count: 15, effort: .manual(probeCount: 2, rerankCount: 40)),
                Query(vector, count: 15, filter: filter, includesAttributes: true),
                Query(vector, count: 15, effort: .exact),
            ]
        }
    }

    private static func expect(
        _ restored: Database, like original: Database, _ model: Model, _ questions: [Query],
        _ answers: [[Match]]
    ) throws {
        #expect(restored.schema == original.schema)
        let (new, old) = (try restored.statistics(), try original.statistics())
        #expect(new.liveCount == model.count)
        #expect(new.generation == old.generation)
        #expect(new.lists == old.lists)
        var wrong: [UInt64] = []
        for id in 0..<UInt64(900) {
            let expected = model[id].map { Record(id, $0, restored.schema.element) }
            if try restored.get(id) != expected { wrong.append(id) }
        }
        #expect(wrong == [])
        for (question, answer) in zip(questions, answers) {
            #expect(try restored.search(question) == answer)
        }
    }
}
