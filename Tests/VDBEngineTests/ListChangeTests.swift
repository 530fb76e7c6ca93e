import Testing
import VDBFilters
import VDBIndex
import VDBLog
import VDBPrimitives
import VDBStorage

@testable import VDBEngine
@testable import VectorDB

@Suite("Lists change while records come")
struct ListChangeTests {
    private static var options: EngineOptions {
        var options = EngineOptions()
        options.isAutomatic = false
        options.durability = .operatingSystem
        options.mapSize = 1 << 30
        options.index.trainingThreshold = 256
        return options
    }

    /// A database whose lists are due for splitting, or for merging.
    private func withDue(
        merging: Bool = false, _ body: (Engine, inout Vectors) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            var vectors = Vectors(seed: 6)
            let engine = try Engine.create(
                path: directory + "/db", schema: try Schema(dimension: 8), options: Self.options)
            try vectors.insert(0..<(merging ? 3000 : 1000), into: engine)
            try engine.maintain(isFull: false, observer: nil)
            if merging {
                try vectors.delete(0..<2700, of: engine)
            } else {
                try vectors.insert(1000..<3000, into: engine)
            }
            try engine.checkpoint()
            while try engine.sweepStep(.usual) {}
            try body(engine, &vectors)
            try engine.close()
        }
    }

    @Test(
        "what came, and what died, while a change was worked out is where it belongs after it",
        arguments: [false, true])
    func catchingUp(merging: Bool) throws {
        try withDue(merging: merging) { engine, vectors in
            let change = try #require(try engine.workOutChange().change)
            #expect(merging ? change.mergeCount > 0 : change.splitCount > 0)
            // To lists of all kinds: divided, dissolved, changed and left alone.
            try vectors.insert(3000..<3500, into: engine)
            try engine.checkpoint()
            try vectors.insert(3500..<3600, into: engine)
            try vectors.delete(2800..<2830, of: engine)
            try vectors.delete(3100..<3150, of: engine)
            try engine.checkpoint()
            let before = try #require(engine.snapshot.stored.models).lists
            #expect(try engine.apply(change))
            let after = try #require(engine.snapshot.stored.models).lists
            #expect(after != before && after.numbers == change.models.lists.numbers)
            try vectors.expectAll(of: engine)
            try engine.maintain(isFull: false, observer: nil)
            try vectors.expectAll(of: engine)
        }
    }

    @Test("attributes that were updated meanwhile are the new ones in the lists too")
    func amendments() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/db", schema: .pictures(), options: .manual)
            var random = RandomSource(seed: 8)
            func insert(_ ids: Range<UInt64>) throws {
                try database.insert(ids.map { Record($0, random.nextPicture(rank: 1)) })
            }
            try insert(0..<1000)
            try database.maintain()
            try insert(1000..<3000)
            try database.checkpoint()
            do {
                let engine = try database.engine
                let change = try #require(try engine.workOutChange().change)
                for id in stride(from: 0, to: 3000 as UInt64, by: 7) {
                    try database.update(id: id, attributes: ["rank": .integer(2)])
                }
                try insert(3000..<3200)
                try database.checkpoint()
                let before = engine.snapshot.stored.models?.lists
                #expect(try engine.apply(change))
                #expect(engine.snapshot.stored.models?.lists != before)
            }
            #expect(try database.verify().isEmpty)
            let query = Query(
                Vector([Float](repeating: 0, count: 16)), count: 1000,
                filter: try Filter(parsing: "rank = 2", schema: .pictures()),
                effort: .manual(probeCount: 5000, rerankCount: 5000))
            #expect(try database.search(query).count == 429)
            try database.close()
        }
    }

    @Test("a change of lists that are no more is given up, and the next goes through")
    func givingUp() throws {
        try withDue { engine, vectors in
            let change = try #require(try engine.workOutChange().change)
            // Far from all: a list of its own.
            try vectors.insert(3000..<3001, into: engine) { _ in
                [Float](repeating: -1e5, count: 8)
            }
            try engine.checkpoint()
            let lists = try #require(engine.snapshot.stored.models).lists
            #expect(lists != change.listsBefore)
            #expect(try engine.apply(change))
            #expect(engine.snapshot.stored.models?.lists == lists)
            try vectors.expectAll(of: engine)
            #expect(try engine.reclusterStep())
            #expect(engine.snapshot.stored.models?.lists != lists)
            try vectors.expectAll(of: engine)
        }
    }
}
