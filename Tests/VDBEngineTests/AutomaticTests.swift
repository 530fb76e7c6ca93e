import Synchronization
import Testing
import VDBPrimitives
import VectorDB

@Suite("Without any chores")
struct AutomaticTests {
    /// How often a test looks before it gives up; there is nothing else to wait for.
    private static let patience = 2_000_000

    @Test("past the threshold an index forms by itself, and searches go on meanwhile")
    func training() throws {
        try withTemporaryDirectory { directory in
            var options = Options.manual
            options.isAutomatic = true
            let database = try Database.create(
                at: directory + "/database", schema: try Schema(dimension: 16), options: options)
            var random = RandomSource(seed: 3)
            let vectors = (0..<1500).map { _ in random.nextVector(16) }
            try database.insert(Record(id: 0, vector: Vector(vectors[0])))

            let isDone = Flag()
            let failures = Tally()
            let searchCount = Tally()
            let searcher = try VDBPrimitives.Thread(name: "searcher") {
                while !isDone.isSet {
                    do {
                        let matches = try database.search(Query(Vector(vectors[0]), count: 1))
                        if matches.first?.id != 0 { failures.add() }
                    } catch {
                        failures.add()
                    }
                    searchCount.add()
                }
            }
            for start in stride(from: 1, to: 1500, by: 100) {
                try database.insert(
                    (start..<min(start + 100, 1500)).map {
                        Record(id: UInt64($0), vector: Vector(vectors[$0]))
                    })
            }
            var generation = 0
            for _ in 0..<Self.patience where generation == 0 {
                generation = try database.statistics().generation
                yieldProcessor()
            }
            isDone.set()
            searcher.join()
            #expect(generation > 0)
            #expect(failures.count == 0)
            #expect(searchCount.count > 0)
            #expect(try database.verify().isEmpty)
            try database.close()

            // What was learned is there after reopening.
            let reopened = try Database.open(at: directory + "/database", options: .manual)
            #expect(try reopened.statistics().generation >= generation)
            #expect(try reopened.search(Query(Vector(vectors[9]), count: 1)).map(\.id) == [9])
            try reopened.close()
        }
    }

    @Test("below the threshold every search stays exact")
    func small() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try Schema(dimension: 16), options: .manual)
            var random = RandomSource(seed: 4)
            try database.insert(
                (0..<255).map { Record(id: $0, vector: Vector(random.nextVector(16))) })
            try database.maintain()
            #expect(try database.statistics().generation == 0)
            try database.insert(Record(id: 255, vector: Vector(random.nextVector(16))))
            try database.maintain()
            #expect(try database.statistics().generation == 1)
            try database.close()
        }
    }

    @Test("a database that is let go without close can be opened again")
    func letGo() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            do {
                let database = try Database.create(
                    at: path, schema: try Schema(dimension: 2), options: .manual)
                try database.insert(Record(id: 1, vector: [1, 2]))
            }
            let reopened = try Database.open(at: path, options: .manual)
            #expect(try reopened.get(1)?.vector == [1, 2])
            try reopened.close()
        }
    }
}
