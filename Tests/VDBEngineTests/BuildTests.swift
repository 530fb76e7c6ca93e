import Testing
import VDBFilters
import VDBIndex
import VDBPrimitives

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

    private func insert(_ ids: Range<Int>, into engine: Engine) throws {
        var random = RandomSource(seed: UInt64(ids.lowerBound))
        var vectors: [UInt8] = []
        for _ in 0..<ids.count * 8 {
            withUnsafeBytes(of: random.nextUnit()) { vectors.append(contentsOf: $0) }
        }
        _ = try engine.put(
            PutRequest(ids: ids.map { UInt64($0) }, vectors: vectors, attributes: []),
            onDuplicate: .fail)
    }
}
