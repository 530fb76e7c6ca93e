import Foundation
import Testing
import VDBFilters
import VDBIndex
import VDBLog
import VDBPrimitives
import VDBQuantizers
import VDBStorage

@testable import VDBEngine

@Suite("Building an index")
struct BuildTests {
    @Test("a checkpoint between the steps of a build keeps the numbers that the build has taken")
    func checkpointDuringBuild() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            let schema = try Schema(dimension: 8)
            var options = EngineOptions()
            options.isAutomatic = false
            options.index.trainingThreshold = 256
            let engine = try Engine.create(
                path: path, schema: schema, options: options)
            try insert(0..<600, into: engine)
            try engine.maintain(isFull: false, observer: nil)
            #expect(engine.snapshot.stored.manifest.generation == 1)

            // The observer runs between the build's transactions: more records come, and are moved
            // into the tables, after each step.
            let next = SharedCounter(600)
            try engine.maintain(isFull: true) { _, _ in
                let id = next.increment()
                try? insert(id..<id + 1, into: engine)
                try? engine.checkpoint()
            }
            try engine.maintain(isFull: true, observer: nil)
            let manifest = engine.snapshot.stored.manifest
            #expect(manifest.generation == 3)
            #expect(manifest.nextGeneration == 4)
            #expect(try engine.verify(observer: nil).isEmpty)
            #expect(engine.snapshot.liveCount == next.current)
            try engine.close()
        }
    }

    @Test("rows whose deletion is in the log alone are in the lists, for it may be lost")
    func pendingDeletions() throws {
        try withTemporaryDirectory { directory in
            var options = EngineOptions()
            options.isAutomatic = false
            options.durability = .operatingSystem
            let path = directory + "/db"
            let engine = try Engine.create(
                path: path, schema: try Schema(dimension: 8), options: options)
            try insert(0..<600, into: engine)
            try engine.checkpoint()
            _ = try engine.write((100..<150).map { .delete(id: $0) })
            try engine.build(observer: nil)
            #expect(engine.snapshot.liveCount == 550)
            #expect(try engine.verify(observer: nil).isEmpty)

            // The same without the log's last segment, as a loss of power may leave it.
            let lost = directory + "/lost"
            let files = FileManager.default
            try files.copyItem(atPath: path, toPath: lost)
            for name in try FileSystem.names(in: lost + "/log") {
                let segment = try FileDescriptor(opening: lost + "/log/" + name, .readWrite)
                try segment.truncate(to: 64)
            }
            try engine.close()
            let reopened = try Engine.open(path: lost, options: options)
            #expect(reopened.snapshot.liveCount == 600)
            #expect(try reopened.verify(observer: nil).isEmpty)
            try reopened.close()
        }
    }

    @Test("lists written in many portions are, byte for byte, those written in one")
    func portions() throws {
        let written = try [96 << 20, 5_000].map { portionSize in
            try withTemporaryDirectory { directory in
                var options = EngineOptions()
                options.isAutomatic = false
                options.durability = .operatingSystem
                options.index.buildPortionSize = portionSize
                let engine = try Engine.create(
                    path: directory + "/db", schema: try Schema(dimension: 8), options: options)
                try insert(0..<2_000, into: engine)
                _ = try engine.write((0..<50).map { .delete(id: 7 * $0) })
                try engine.checkpoint()
                let portionCount = SharedCounter(0)
                try engine.build { step, _ in
                    if step == "writing lists" { _ = portionCount.increment() }
                }
                #expect((portionCount.current > 5) == (portionSize == 5_000))
                let blocks = try blocks(of: engine)
                try engine.close()
                return blocks
            }
        }
        #expect(written[0].count > 10)
        #expect(written[0] == written[1])
    }

    /// All keys and values of the table of lists.
    private func blocks(of engine: Engine) throws -> [[UInt8]] {
        try engine.environment.read { (access) throws(StorageError) in
            let cursor = try access.cursor(access.environment.table(.lists))
            var found: [[UInt8]] = []
            var entry = try cursor.first()
            while let next = entry {
                found.append(Array(next.key) + Array(next.value))
                entry = try cursor.next()
            }
            return found
        }
    }

    @Test("attributes that are amended and moved between the steps of a build are in its lists")
    func amendedDuringBuild() throws {
        try withTemporaryDirectory { directory in
            var options = EngineOptions()
            options.isAutomatic = false
            options.durability = .operatingSystem
            options.index.buildPortionSize = 5_000
            let engine = try Engine.create(
                path: directory + "/db",
                schema: try Schema(
                    dimension: 8, attributes: [Attribute(name: "rank", type: .integer)]),
                options: options)
            try insert(0..<600, into: engine)
            try engine.checkpoint()
            let next = SharedCounter(0)
            try engine.build { _, _ in
                let rank = next.increment()
                for id in [3, 200 + rank] as [Int] {
                    _ = try? engine.write([
                        .update(
                            id: UInt64(id), vector: nil, values: [0: .integer(Int64(rank))], .keep)
                    ])
                }
                if rank % 2 == 0 { try? engine.checkpoint() }
            }
            #expect(next.current > 4)
            #expect(engine.snapshot.stored.models != nil)
            #expect(try engine.verify(observer: nil).isEmpty)
            try engine.checkpoint()
            #expect(try engine.verify(observer: nil).isEmpty)
            let filter = Filter.attribute("rank") >= 0
            #expect(try engine.count(matching: filter) == next.current + 1)
            try engine.close()
        }
    }

    @Test("a build that was interrupted while it wrote lists goes on from what it had learnt")
    func interrupted() throws {
        try withTemporaryDirectory { directory in
            var options = EngineOptions()
            options.isAutomatic = false
            options.durability = .operatingSystem
            let (path, killed) = (directory + "/db", directory + "/killed")
            let engine = try Engine.create(
                path: path, schema: try Schema(dimension: 8), options: options)
            try insert(0..<600, into: engine)
            try engine.checkpoint()
            // What a process leaves that is killed before the switch.
            try engine.build { step, share in
                guard step == "writing lists", share == 1 else { return }
                try? FileManager.default.copyItem(atPath: path, toPath: killed)
            }
            let learnt = try #require(engine.snapshot.stored.models)
            try engine.close()

            let reopened = try Engine.open(path: killed, options: options)
            #expect(reopened.snapshot.stored.models == nil)
            #expect(try reopened.verify(observer: nil).isEmpty)
            try insert(600..<700, into: reopened)
            _ = try reopened.write((0..<50).map { .delete(id: $0) })
            try reopened.checkpoint()
            let steps = Monitor<[String]>([])
            try reopened.build { step, _ in steps.update { $0.append(step) } }
            #expect(!steps.read { $0 }.contains("training centroids"))
            let models = try #require(reopened.snapshot.stored.models)
            #expect(models.generation == learnt.generation)
            #expect(models.centroids.matrix.values == learnt.centroids.matrix.values)
            #expect(reopened.snapshot.liveCount == 650)
            #expect(try reopened.verify(observer: nil).isEmpty)
            // The next one has nothing to go on from.
            try reopened.build(observer: nil)
            #expect(reopened.snapshot.stored.models?.generation == learnt.generation + 1)
            try reopened.close()
        }
    }

    @Test("a build that finds no room changes nothing, and writing goes on")
    func buildWithoutRoom() throws {
        // The least map, in steps of 64 KiB, in which the rows themselves find room.
        for step in stride(from: 20, to: 256, by: 3) {
            var options = EngineOptions()
            options.isAutomatic = false
            options.mapSize = step << 16
            let hasRun = try withTemporaryDirectory { directory in
                let path = directory + "/db"
                do {
                    let engine = try Engine.create(
                        path: path, schema: try Schema(dimension: 8), options: options)
                    try insert(0..<20_000, into: engine)
                    guard (try? engine.checkpoint()) != nil else { return false }
                    #expect(throws: EngineError.self) {
                        try engine.maintain(isFull: true, observer: nil)
                    }
                    try insert(20_000..<20_001, into: engine)
                    #expect(engine.snapshot.stored.manifest.generation == 0)
                    // There may be no room for the last row's checkpoint; it is in the log.
                    try? engine.close()
                }
                options.mapSize = 1 << 28
                let engine = try Engine.open(path: path, options: options)
                try engine.maintain(isFull: true, observer: nil)
                #expect(engine.snapshot.stored.manifest.generation > 0)
                #expect(engine.snapshot.liveCount == 20_001)
                #expect(try engine.verify(observer: nil).isEmpty)
                try engine.close()
                return true
            }
            if hasRun { return }
        }
        Issue.record("no map was large enough for the rows")
    }

    @Test("the longest vectors that are taken overflow no estimate", arguments: Metric.ofNumbers)
    func longVectors(metric: Metric) throws {
        try withTemporaryDirectory { directory in
            var options = EngineOptions()
            options.isAutomatic = false
            options.index.trainingThreshold = 256
            let engine = try Engine.create(
                path: directory + "/db", schema: try Schema(dimension: 8, metric: metric),
                options: options)
            // √8 · 4e17 = 1.13e18
            try insert(0..<600, into: engine, scale: 8e17)
            try engine.maintain(isFull: false, observer: nil)
            #expect(engine.snapshot.stored.models != nil)
            for sign in [Float(1), -1] {
                var figures = SearchFigures()
                let request = SearchRequest(
                    vector: [Float](repeating: sign * 4e17, count: 8), count: 600, filter: nil,
                    effort: .recall(0.95))
                let found = try engine.search(request, figures: &figures).records
                #expect(found.count == 600)
                #expect(found.allSatisfy { $0.distance.isFinite })
            }
            try engine.close()
        }
    }

    /// - Parameter scale: components are up to half of it, of either sign.
    private func insert(_ ids: Range<Int>, into engine: Engine, scale: Float = 1) throws {
        var random = RandomSource(seed: UInt64(ids.lowerBound))
        var vectors: [UInt8] = []
        for _ in 0..<ids.count * 8 {
            let component = (random.nextUnit() - 0.5) * scale
            withUnsafeBytes(of: component) { vectors.append(contentsOf: $0) }
        }
        _ = try engine.put(
            PutRequest(
                ids: ids.map { UInt64($0) }, vectors: vectors,
                attributes: engine.schema.attributes.map { _ in [] }),
            onDuplicate: .fail)
    }
}
