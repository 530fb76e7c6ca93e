import Testing
import VDBFilters
import VDBIndex
import VDBPrimitives
import VectorDB

@testable import VDBEngine

@Suite("Giving space back")
struct CompactionTests {
    private static var options: Options {
        var options = Options.manual
        options.trainingThreshold = 512
        return options
    }

    private static func records(_ ids: Range<UInt64>, seed: UInt64) -> [Record] {
        var random = RandomSource(seed: seed)
        return ids.map { id in
            Record(
                id: id, vector: Vector(random.nextVector(256)),
                attributes: ["kind": .keyword("kind \(id % 7)")],
                payload: id % 3 == 0 ? random.nextPayload() : nil)
        }
    }

    /// The vector of the first of some records that were put together.
    private static func vector(_ first: UInt64) -> Vector {
        records(first..<first + 1, seed: first)[0].vector
    }

    private static func makeDatabase(_ path: String) throws -> Database {
        let kind = Attribute(name: "kind", type: .keyword)
        let database = try Database.create(
            at: path, schema: try Schema(dimension: 256, attributes: [kind]), options: options)
        try database.insert(records(0..<2000, seed: 1))
        try database.maintain()
        return database
    }

    private static func fileSize(_ path: String) throws -> Int {
        try FileSystem.size(path + "/data.mdb")
    }

    @Test("half of the records deleted and the rest compacted take little over half the space")
    func half() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            let database = try Self.makeDatabase(path)
            try database.checkpoint()
            try database.compact()
            let before = try Self.fileSize(path)
            var expected: [UInt64: Record] = [:]
            for id in stride(from: 0, to: 2000, by: 2) as StrideTo<UInt64> {
                expected[id] = try database.get(id)
            }
            try database.delete((0..<2000).filter { $0 % 2 == 1 })
            try database.compact()
            let after = try Self.fileSize(path)
            // Codebooks, and the pages that every table has, weigh in a collection so small.
            #expect(Double(after) <= 0.6 * Double(before), "\(after) of \(before) bytes")
            for (id, record) in expected { #expect(try database.get(id) == record) }
            #expect(try database.statistics().liveCount == 1000)
            #expect(try database.verify().isEmpty)
            // The log goes on over the new tables.
            try database.insert(Self.records(9000..<9100, seed: 2))
            try database.close()
            let reopened = try Database.open(at: path, options: Self.options)
            #expect(try reopened.statistics().liveCount == 1100)
            #expect(try reopened.verify().isEmpty)
            #expect(!FileSystem.exists(path + "/compact.new"))
            try reopened.close()
        }
    }

    @Test("searches and writes go on while the tables are compacted, and nothing is lost")
    func concurrent() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            let database = try Self.makeDatabase(path)
            let isDone = Flag()
            let failures = Tally()
            let written = Tally()
            let query = Self.records(0..<1, seed: 1)[0].vector
            let writer = try VDBPrimitives.Thread(name: "writer") {
                var next: UInt64 = 10_000
                while !isDone.isSet {
                    do {
                        try database.insert(Self.records(next..<next + 5, seed: next))
                        next += 5
                        written.add()
                    } catch {
                        failures.add()
                    }
                }
            }
            let searcher = try VDBPrimitives.Thread(name: "searcher") {
                while !isDone.isSet {
                    let matches = try? database.search(Query(query, count: 1))
                    if matches?.first?.id != 0 { failures.add() }
                }
            }
            try database.delete(Array(1..<1000))
            for _ in 0..<2 { try database.compact() }
            isDone.set()
            writer.join()
            searcher.join()
            #expect(failures.count == 0)
            #expect(try database.statistics().liveCount == 1001 + 5 * written.count)
            #expect(try database.verify().isEmpty)
            try database.close()
        }
    }

    @Test("a dense copy is a database of its own, with all that is in the log")
    func copy() throws {
        try withTemporaryDirectory { directory in
            let database = try Self.makeDatabase(directory + "/db")
            try database.delete(Array(0..<100))
            try database.compact(into: directory + "/copy")
            try database.insert(Self.records(9000..<9001, seed: 2))
            let copy = try Database.open(at: directory + "/copy", options: Self.options)
            #expect(try copy.statistics().liveCount == 1900)
            #expect(try copy.get(9000) == nil)
            #expect(try copy.get(5) == nil)
            #expect(try copy.get(500) == database.get(500))
            #expect(try copy.verify().isEmpty)
            try copy.close()
            try database.close()
        }
    }

    @Test("a stream of inserts and deletes does not make the tables grow without end")
    func slidingWindow() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            let database = try Self.makeDatabase(path)
            var sizes: [Int] = []
            for round in 0..<4 {
                let first = UInt64(2000 + round * 1000)
                try database.insert(Self.records(first..<first + 1000, seed: first))
                try database.delete(Array(first - 2000..<first - 1000))
                try database.maintain()
                sizes.append(try database.statistics().dataSize)
                // Whole chunks are gone: no kind of search stumbles over them.
                let nearest = Query(Self.vector(first), count: 1, effort: .exact)
                let kind = Query(
                    Self.vector(first), count: 1,
                    filter: try Filter(
                        parsing: "kind = 'kind \(first % 7)'", schema: database.schema),
                    effort: .exact)
                #expect(try database.search(nearest).map(\.id) == [first])
                #expect(try database.search(kind).map(\.id) == [first])
                #expect(
                    try database.search([nearest, nearest]).map { $0.map(\.id) } == [
                        [first], [first],
                    ])
                #expect(try database.verify().isEmpty)
            }
            #expect(try database.statistics().liveCount == 2000)
            #expect(sizes[3] <= sizes[1] * 5 / 4, "\(sizes)")
            let dead = try database.statistics().drift.deadShare
            #expect(dead < 0.3, "\(dead)")
            try database.close()
        }
    }

    @Test("an index of attributes loses the segments whose records are all gone")
    func segments() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            let schema = try Schema(
                dimension: 2, element: .uint8, attributes: [Attribute(name: "rank", type: .integer)]
            )
            var options = EngineOptions()
            options.isAutomatic = false
            options.durability = .operatingSystem
            options.index.trainingThreshold = 1 << 30
            let (segment, count) = (AttributeSegment.rowCount, AttributeSegment.rowCount + 9000)
            do {
                let engine = try Engine.create(path: path, schema: schema, options: options)
                for start in stride(from: 0, to: count, by: 8192) {
                    let ids = start..<min(start + 8192, count)
                    _ = try engine.put(
                        PutRequest(
                            ids: ids.map { UInt64($0) },
                            vectors: ids.flatMap { [UInt8($0 & 255), UInt8($0 >> 8 & 255)] },
                            attributes: [ids.map { .integer(Int64($0 % 1000)) }]),
                        onDuplicate: .fail)
                }
                try engine.maintain(isFull: false, observer: nil)
                #expect(engine.snapshot.stored.attributes.segmentCount == 2)
                _ = try engine.write((0..<segment).map { .delete(id: UInt64($0)) })
                try engine.maintain(isFull: false, observer: nil)
                try engine.maintain(isFull: false, observer: nil)
                #expect(engine.snapshot.stored.attributes.isMissing(attribute: 0, 0))
                try engine.close()
            }
            let reopened = try Engine.open(path: path, options: options)
            #expect(reopened.snapshot.stored.attributes.isMissing(attribute: 0, 0))
            var figures = SearchFigures()
            let filter = try Filter(parsing: "rank = 7", schema: schema)
            let request = SearchRequest(
                vector: [0, 0], count: 100, filter: filter, effort: .exact)
            let found = try reopened.search(request, figures: &figures).records
            let expected = (segment..<count).filter { $0 % 1000 == 7 }.map { UInt64($0) }
            #expect(found.map(\.id).sorted() == expected)
            #expect(try reopened.verify(observer: nil).isEmpty)
            try reopened.close()
        }
    }
}
