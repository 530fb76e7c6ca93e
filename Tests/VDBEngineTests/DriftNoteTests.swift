import Testing
import VDBFilters
import VDBIndex
import VDBStorage

@testable import VDBEngine
@testable import VectorDB

@Suite("Drift is noted as it comes")
struct DriftNoteTests {
    private static let dimension = 8

    private static var options: EngineOptions {
        var options = EngineOptions()
        options.isAutomatic = false
        options.durability = .operatingSystem
        options.mapSize = 1 << 30
        options.index.trainingThreshold = 256
        return options
    }

    private func history(_ engine: Engine) throws -> [DriftPoint] {
        try engine.statistics().history
    }

    /// Expects the last point to be what the figures are now, which nothing has changed since.
    private func expectPresent(_ engine: Engine, _ comment: Comment) throws {
        let figures = Statistics(try engine.statistics())
        let last = try #require(figures.drift.history.last)
        #expect(last.generation == figures.generation, comment)
        #expect(abs(last.liveCount - figures.liveCount) * 16 <= last.liveCount, comment)
        #expect(abs(last.listCount - figures.lists.count) * 16 <= last.listCount, comment)
        #expect(abs(last.centroidShift - figures.drift.centroidShift) < 0.02, comment)
        #expect(abs(last.quantizationShift - figures.drift.quantizationShift) < 0.02, comment)
        #expect(abs(last.deadShare - figures.drift.deadShare) < 0.02, comment)
    }

    @Test("growth, deletions and training leave their points, across generations and processes")
    func life() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            var vectors = Vectors(seed: 1)
            let before: [DriftPoint]
            do {
                let engine = try Engine.create(
                    path: path, schema: try Schema(dimension: Self.dimension),
                    options: Self.options)
                try vectors.insert(0..<200, into: engine)
                try engine.maintain(isFull: false, observer: nil)
                #expect(try history(engine) == [])
                for start in stride(from: 200, to: 3000, by: 400) {
                    try vectors.insert(start..<start + 400, into: engine)
                    try engine.maintain(isFull: false, observer: nil)
                    try expectPresent(engine, "at \(start + 400)")
                }
                let grown = try history(engine)
                #expect(grown.count >= 7)
                #expect(grown.first?.generation == 1)
                #expect(grown.map(\.liveCount) == grown.map(\.liveCount).sorted())
                let lists = grown.map(\.listCount)
                #expect(lists.last ?? 0 > lists.first ?? 0)
                #expect(grown.contains { $0.listSizeSpread > 0 })

                try vectors.delete(0..<1500, of: engine)
                try engine.checkpoint()
                try expectPresent(engine, "after deletions")
                #expect(try history(engine).last.map { $0.deadShare > 0.4 } == true)
                before = try history(engine)
                try engine.maintain(isFull: true, observer: nil)
                let trained = try history(engine)
                #expect(Array(trained.prefix(before.count)) == before)
                #expect(trained.last.map { $0.generation > 1 } == true)
                try expectPresent(engine, "after training")
                #expect(try engine.verify(observer: nil) == [])
                try engine.compact(into: directory + "/copy", observer: nil)
                try engine.close()
            }

            for path in [path, directory + "/copy"] {
                let reopened = try Engine.open(path: path, options: Self.options)
                let points = try history(reopened)
                #expect(Array(points.prefix(before.count)) == before)
                #expect(try reopened.verify(observer: nil) == [])
                try reopened.close()
            }
        }
    }

    @Test("small changes leave no points")
    func noNews() throws {
        try withTemporaryDirectory { directory in
            var vectors = Vectors(seed: 2)
            let engine = try Engine.create(
                path: directory + "/db", schema: try Schema(dimension: Self.dimension),
                options: Self.options)
            try vectors.insert(0..<2000, into: engine)
            try engine.maintain(isFull: false, observer: nil)
            let count = try history(engine).count
            for start in 2000..<2010 {
                try vectors.insert(start..<start + 1, into: engine)
                try engine.checkpoint()
            }
            // Of the few new rows the errors may be far from the mean: one point or two.
            #expect(try history(engine).count <= count + 10)
            let now = try history(engine).count
            try engine.checkpoint()
            #expect(try history(engine).count == now)
            try engine.close()
        }
    }

    @Test("a damaged history stops nobody from writing, and verification names it")
    func damage() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            var vectors = Vectors(seed: 3)
            do {
                let engine = try Engine.create(
                    path: path, schema: try Schema(dimension: Self.dimension),
                    options: Self.options)
                try vectors.insert(0..<1000, into: engine)
                try engine.maintain(isFull: false, observer: nil)
                try engine.close()
            }
            let shape = try Schema(dimension: Self.dimension).shape
            try Planting(path: path, shape: shape).rawEdit(.models, Keys.driftHistory) {
                $0[20] ^= 1
            }
            let engine = try Engine.open(path: path, options: Self.options)
            try vectors.insert(1000..<3000, into: engine)
            try engine.maintain(isFull: false, observer: nil)
            #expect(engine.snapshot.liveCount == 3000)
            #expect(engine.snapshot.stored.rows.count == 3000)
            let damages = try engine.verify(observer: nil)
            #expect(damages.map(\.table) == ["models"])
            #expect(damages.map(\.key) == [Keys.driftHistory.description])
            #expect(throws: EngineError.self) { _ = try engine.statistics() }
            try engine.close()
        }
    }
}
