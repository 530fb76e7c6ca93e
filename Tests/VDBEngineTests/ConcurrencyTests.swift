import Synchronization
import Testing
import VDBPrimitives
import VectorDB

@Suite("Many threads at once")
struct ConcurrencyTests {
    private static let dimension = 16

    @Test("searches see only what was live, beside writes, checkpoints, builds and deletions")
    func readersBesideOneWriter() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: try Schema(
                    dimension: Self.dimension,
                    attributes: [Attribute(name: "parity", type: .integer)]),
                options: .manual)
            let scene = Scene()
            try scene.insert(300, into: database)
            let readers = try (0..<3).map { reader in
                try VDBPrimitives.Thread(name: "reader \(reader)") {
                    var random = RandomSource(seed: UInt64(reader))
                    while !scene.isDone.isSet {
                        scene.searchOnce(database, &random)
                    }
                }
            }
            var random = RandomSource(seed: 77)
            for round in 0..<60 {
                try scene.insert(20 + random.next(below: 20), into: database)
                try scene.delete(random.next(below: 25), from: database)
                if round.isMultiple(of: 4) { try database.checkpoint() }
                if round.isMultiple(of: 15) { try database.maintain(isFull: true) }
            }
            scene.isDone.set()
            for reader in readers { reader.join() }
            #expect(scene.complaints.withLock { $0 } == [])
            #expect(scene.searchCount.count > 0)
            #expect(try database.verify().isEmpty)
            try database.close()
        }
    }

    @Test("writers on several threads lose nothing")
    func manyWriters() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            var options = Options.manual
            options.isAutomatic = true
            options.durability = .everyCommit
            let database = try Database.create(
                at: path, schema: try Schema(dimension: Self.dimension), options: options)
            let failures = Tally()
            let writers = try (0..<4).map { writer in
                try VDBPrimitives.Thread(name: "writer \(writer)") {
                    do {
                        for index in 0..<120 {
                            let id = UInt64(writer * 1000 + index)
                            try database.insert(
                                Record(id: id, vector: Vector(Scene.vector(of: id))))
                            // Read-your-writes.
                            if try database.get(id) == nil { failures.add() }
                            if index.isMultiple(of: 3) { try database.delete([id]) }
                        }
                    } catch {
                        failures.add()
                    }
                }
            }
            for writer in writers { writer.join() }
            #expect(failures.count == 0)
            #expect(try database.statistics().liveCount == 4 * 80)
            try database.close()
            let reopened = try Database.open(at: path, options: .manual)
            for writer in 0..<4 {
                for index in 0..<120 {
                    let id = UInt64(writer * 1000 + index)
                    #expect((try reopened.get(id) == nil) == index.isMultiple(of: 3))
                }
            }
            #expect(try reopened.verify().isEmpty)
            try reopened.close()
        }
    }

    @Test("two writers of the same new id: one succeeds, the other is told")
    func sameID() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try Schema(dimension: 2),
                options: .manual)
            let inserted = Tally()
            let refused = Tally()
            let writers = try (0..<3).map { writer in
                try VDBPrimitives.Thread(name: "writer \(writer)") {
                    for id in 0..<100 as Range<UInt64> {
                        let failure = code {
                            try database.insert(Record(id: id, vector: [Float(writer), 1]))
                        }
                        if failure == nil { inserted.add() }
                        if failure == .duplicateID { refused.add() }
                    }
                }
            }
            for writer in writers { writer.join() }
            #expect(inserted.count == 100)
            #expect(refused.count == 200)
            #expect(try database.statistics().liveCount == 100)
            try database.close()
        }
    }

    @Test("closing beside searches and writes ends them with closed or lets them finish")
    func closing() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let database = try Database.create(
                at: path, schema: try Schema(dimension: Self.dimension), options: .manual)
            try database.insert(
                (0..<500).map { Record(id: $0, vector: Vector(Scene.vector(of: $0))) })
            try database.maintain()
            let unexpected = Tally()
            let acknowledged = Tally()
            let readers = try (0..<2).map { reader in
                try VDBPrimitives.Thread(name: "reader \(reader)") {
                    let query = Query(Vector(Scene.vector(of: UInt64(reader))))
                    while true {
                        let failure = code { _ = try database.search(query) }
                        if failure == .closed { return }
                        if failure != nil { unexpected.add() }
                    }
                }
            }
            let writer = try VDBPrimitives.Thread(name: "writer") {
                for id in 1000... as PartialRangeFrom<UInt64> {
                    let failure = code {
                        try database.insert(Record(id: id, vector: Vector(Scene.vector(of: id))))
                    }
                    if failure == nil { acknowledged.add() }
                    if failure == .closed { return }
                    if failure != nil { unexpected.add() }
                }
            }
            while acknowledged.count < 20 { yieldProcessor() }
            try database.close()
            for thread in readers + [writer] { thread.join() }
            #expect(unexpected.count == 0)
            let reopened = try Database.open(at: path, options: .manual)
            #expect(try reopened.statistics().liveCount == 500 + acknowledged.count)
            try reopened.close()
        }
    }
}

/// Ids ascend; the oldest are deleted first. So which ids a search may find is two numbers.
private final class Scene: Sendable {
    /// Ids below are deleted and acknowledged.
    private let deletedEnd = Atomic<Int>(0)
    /// Ids from here on have not been handed in yet.
    private let insertedEnd = Atomic<Int>(0)
    let isDone = Flag()
    let searchCount = Tally()
    let complaints = Mutex<[String]>([])

    /// Every id has its own vector, so that a distance tells whose it is.
    static func vector(of id: UInt64) -> [Float] {
        var random = RandomSource(seed: id &* 0x9E37_79B9)
        return (0..<16).map { _ in random.nextUnit() }
    }

    func insert(_ count: Int, into database: Database) throws {
        let first = insertedEnd.load(ordering: .acquiring)
        insertedEnd.store(first + count, ordering: .releasing)
        try database.insert(
            (first..<first + count).map {
                Record(
                    id: UInt64($0), vector: Vector(Self.vector(of: UInt64($0))),
                    attributes: ["parity": .integer(Int64($0 % 2))])
            })
    }

    func delete(_ count: Int, from database: Database) throws {
        let first = deletedEnd.load(ordering: .acquiring)
        try database.delete((first..<first + count).map(UInt64.init))
        deletedEnd.store(first + count, ordering: .releasing)
    }

    /// One search of some kind, and what can be said about its result.
    func searchOnce(_ database: Database, _ random: inout RandomSource) {
        let query = (0..<16).map { _ in random.nextUnit() }
        let isFiltered = random.nextBool()
        let effort: Query.Effort =
            [.recall(0.9), .manual(probeCount: 1, rerankCount: 10), .exact][
                random.next(below: 3)]
        let lower = deletedEnd.load(ordering: .acquiring)
        do {
            let matches = try database.search(
                Query(
                    Vector(query), count: 10,
                    filter: isFiltered ? Filter.attribute("parity") == 1 : nil, effort: effort))
            let upper = insertedEnd.load(ordering: .acquiring)
            if matches.count != 10 { complain("\(matches.count) matches with \(effort)") }
            if Set(matches.map(\.id)).count != matches.count { complain("an id comes twice") }
            for match in matches {
                let distance = Naive.distance(.euclidean, query, Self.vector(of: match.id))
                if !(lower..<upper).contains(Int(match.id)) {
                    complain("id \(match.id) of \(lower)..<\(upper)")
                }
                if isFiltered && match.id % 2 != 1 { complain("id \(match.id) is even") }
                if abs(distance - Double(match.distance)) > 1e-4 {
                    complain("id \(match.id) at \(match.distance) for \(distance)")
                }
            }
        } catch {
            complain("\(error)")
        }
        searchCount.add()
    }

    private func complain(_ text: String) { complaints.withLock { $0.append(text) } }
}
