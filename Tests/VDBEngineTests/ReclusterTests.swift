import Testing
import VDBFilters
import VDBIndex
import VDBLog
import VDBPrimitives
import VDBQuantizers
import VDBStorage

@testable import VDBEngine

@Suite("Splitting and merging lists")
struct ReclusterTests {
    private static let dimension = 8

    private static func options(listCount: Int? = nil) -> EngineOptions {
        var options = EngineOptions()
        options.isAutomatic = false
        options.durability = .operatingSystem
        options.mapSize = 1 << 30
        options.index.trainingThreshold = 256
        options.index.listCount = listCount
        return options
    }

    @Test("the number of lists follows the number of records, and every record stays in one list")
    func growth() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            var vectors = Vectors(seed: 1)
            let models: Models
            do {
                let engine = try Engine.create(
                    path: path, schema: try Schema(dimension: Self.dimension),
                    options: Self.options())
                try vectors.insert(0..<1000, into: engine)
                try engine.maintain(isFull: false, observer: nil)
                let before = try #require(engine.snapshot.stored.models)
                try vectors.insert(1000..<3000, into: engine)
                try engine.maintain(isFull: false, observer: nil)
                models = try #require(engine.snapshot.stored.models)
                #expect(models.generation == before.generation)
                #expect(models.lists.count > before.lists.count)
                try vectors.expectAll(of: engine)
                try engine.close()
            }
            // What the process had in memory is what is in the tables.
            let reopened = try Engine.open(path: path, options: Self.options())
            #expect(reopened.snapshot.stored.models?.lists == models.lists)
            #expect(
                reopened.snapshot.stored.models?.centroids.matrix.values
                    == models.centroids.matrix.values)
            try vectors.expectAll(of: reopened)

            // Most go: lists are merged, and the numbers of those that are left are old or new.
            try vectors.delete(0..<2700, of: reopened)
            try reopened.maintain(isFull: false, observer: nil)
            #expect((reopened.snapshot.stored.models?.lists.count ?? 0) < models.lists.count)
            try vectors.expectAll(of: reopened)
            try reopened.close()
        }
    }

    @Test("searches are calibrated anew when lists have become more, unless the database is closed")
    func recalibration() throws {
        try withTemporaryDirectory { directory in
            let events = Monitor<[MaintenanceEvent]>([])
            var options = Self.options()
            options.maintenance.observer = { event in events.update { $0.append(event) } }
            var vectors = Vectors(seed: 5)
            let engine = try Engine.create(
                path: directory + "/db", schema: try Schema(dimension: Self.dimension),
                options: options)
            try vectors.insert(0..<1000, into: engine)
            try engine.maintain(isFull: false, observer: nil)
            let before = try #require(engine.snapshot.stored.models)
            #expect(!events.read { $0 }.contains(.calibrated(listCount: before.lists.count)))
            try vectors.insert(1000..<3000, into: engine)
            try engine.maintain(isFull: false, observer: nil)
            let models = try #require(engine.snapshot.stored.models)
            #expect(events.read { $0 }.last == .calibrated(listCount: models.lists.count))
            #expect(models.calibration.listCount == models.lists.count)
            #expect(try !engine.building.update { _ in try engine.recalibrateStep() })

            let asked = SharedCounter()
            let calibrator = Calibrator(
                snapshot: engine.snapshot.ofTables, trial: engine.snapshot.stored,
                models: models, seed: 1, threadCount: 2, queryCount: 200,
                isCancelled: { asked.increment() >= 20 })
            #expect(try calibrator.calibrate() == nil)
            try engine.close()
        }
    }

    @Test("a list of equal vectors cannot be split, is not tried for ever, and loses nothing")
    func equalVectors() throws {
        try withTemporaryDirectory { directory in
            var vectors = Vectors(seed: 2)
            let engine = try Engine.create(
                path: directory + "/db", schema: try Schema(dimension: Self.dimension),
                options: Self.options(listCount: 16))
            try vectors.insert(0..<400, into: engine)
            try engine.maintain(isFull: false, observer: nil)
            let point = [Float](repeating: 3, count: Self.dimension)
            try vectors.insert(400..<2400, into: engine) { _ in point }
            try engine.maintain(isFull: false, observer: nil)
            #expect(!engine.indivisibleLists.read { $0 }.isEmpty)
            let changes = engine.maintenanceTally.read { $0 }
            try engine.maintain(isFull: false, observer: nil)
            #expect(engine.maintenanceTally.read { $0 } == changes)
            try vectors.expectAll(of: engine)
            try engine.close()
        }
    }

    @Test("outliers far from every codebook are found, before and after a split")
    func outliers() throws {
        try withTemporaryDirectory { directory in
            var vectors = Vectors(seed: 3, dimension: 2)
            let engine = try Engine.create(
                path: directory + "/db", schema: try Schema(dimension: 2),
                options: Self.options())
            // Sixteen points of a grid, again and again.
            try vectors.insert(0..<800, into: engine) { [Float($0 % 4), Float($0 / 4 % 4)] }
            try engine.maintain(isFull: false, observer: nil)
            try vectors.insert(800..<801, into: engine) { _ in [17, 17] }
            try vectors.insert(801..<2400, into: engine) {
                $0 % 400 == 0 ? [1e6, -1e6] : [Float($0 % 4), Float($0 / 4 % 4)]
            }
            try engine.maintain(isFull: false, observer: nil)
            try vectors.expectAll(of: engine)
            for (query, id) in [([17, 17], 800), ([1e6, -1e6], 1200)] as [([Float], UInt64)] {
                var figures = SearchFigures()
                let request = SearchRequest(
                    vector: query, count: 1, filter: nil, effort: .recall(0.95))
                let found = try engine.search(request, figures: &figures).records
                #expect(found.map(\.distance) == [0])
                #expect(id != 800 || found.map(\.id) == [id])
            }
            try engine.close()
        }
    }

    @Test("a step that finds no room changes nothing, and the next one goes on")
    func noRoom() throws {
        try withTemporaryDirectory { directory in
            var vectors = Vectors(seed: 4)
            let path = directory + "/db"
            var options = Self.options()
            do {
                let engine = try Engine.create(
                    path: path, schema: try Schema(dimension: Self.dimension), options: options)
                try vectors.insert(0..<1000, into: engine)
                try engine.maintain(isFull: false, observer: nil)
                try vectors.insert(1000..<3000, into: engine)
                try engine.checkpoint()
                // Twice the file's size is the least that opening reserves.
                options.mapSize = engine.environment.usedSize
                try engine.close()
            }
            do {
                let tight = try Engine.open(path: path, options: options)
                // Its pages cannot be used again: what is freed gives no room.
                let pinned = tight.snapshot
                var next = 3000
                repeat {
                    try vectors.insert(next..<next + 200, into: tight)
                    next += 200
                } while (try? tight.checkpoint()) != nil
                // Some steps may find room in what others have freed.
                var isRefused = false
                do throws(EngineError) {
                    while try tight.reclusterStep() {}
                } catch {
                    isRefused = error.isLackOfRoom
                }
                #expect(isRefused)
                withExtendedLifetime(pinned) {}
                try? tight.close()
            }
            let roomy = try Engine.open(path: path, options: Self.options())
            try roomy.maintain(isFull: false, observer: nil)
            try vectors.expectAll(of: roomy)
            try roomy.close()
        }
    }
}

/// Vectors that a test has put in, by id, and the check that they are all there.
struct Vectors {
    private var random: RandomSource
    private let dimension: Int
    private var live: [UInt64: [Float]] = [:]

    init(seed: UInt64, dimension: Int = 8) {
        random = RandomSource(seed: seed)
        self.dimension = dimension
    }

    /// Inserts records in bunches of different density.
    mutating func insert(_ ids: Range<Int>, into engine: Engine) throws {
        var random = random
        let dimension = dimension
        try insert(ids, into: engine) { id in
            (0..<dimension).map { Float($0 * (id % 5)) + random.nextUnit() }
        }
        self.random = random
    }

    mutating func insert(
        _ ids: Range<Int>, into engine: Engine, _ vector: (Int) -> [Float]
    ) throws {
        var bytes: [UInt8] = []
        for id in ids {
            let components = vector(id)
            live[UInt64(id)] = components
            components.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        _ = try engine.put(
            PutRequest(ids: ids.map { UInt64($0) }, vectors: bytes, attributes: []),
            onDuplicate: .replace)
    }

    mutating func delete(_ ids: Range<Int>, of engine: Engine) throws {
        for id in ids { live[UInt64(id)] = nil }
        _ = try engine.write(ids.map { .delete(id: UInt64($0)) })
    }

    /// Everything is found, once, through the lists and without them, and `verify` finds nothing.
    func expectAll(
        of engine: Engine, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = Set(live.keys)
        for effort in [.manual(probeCount: 1 << 20, rerankCount: 1 << 20), .exact]
            as [SearchEffort]
        {
            var figures = SearchFigures()
            let request = SearchRequest(
                vector: [Float](repeating: 0.5, count: dimension), count: live.count + 10,
                filter: nil, effort: effort)
            let found = try engine.search(request, figures: &figures).records
            #expect(found.count == expected.count, sourceLocation: sourceLocation)
            #expect(Set(found.map(\.id)) == expected, sourceLocation: sourceLocation)
        }
        for (id, vector) in live.prefix(20) {
            let stored = try #require(try engine.get(id), sourceLocation: sourceLocation)
            let bytes = vector.withUnsafeBytes { Array($0) }
            #expect(stored.vector == bytes, sourceLocation: sourceLocation)
        }
        let damages = try engine.verify(observer: nil)
        #expect(damages.isEmpty, "\(damages.prefix(3))", sourceLocation: sourceLocation)
    }
}
