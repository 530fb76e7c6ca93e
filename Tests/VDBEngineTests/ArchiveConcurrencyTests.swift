import Synchronization
import Testing
import VDBPrimitives
import VectorDB

@Suite("Archives beside writers")
struct ArchiveConcurrencyTests {
    private static let batchSize = 20

    @Test("an archive shows a state between begin and end of its call, every batch whole")
    func consistency() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: try Schema(
                    dimension: 4, attributes: [Attribute(name: "batch", type: .integer)]),
                options: .manual)
            let (begun, acknowledged) = (Tally(), Tally())
            let (isDone, failures) = (Flag(), Tally())
            let writer = try VDBPrimitives.Thread(name: "writer") {
                do {
                    for number in 0... {
                        if isDone.isSet { break }
                        begun.add()
                        try database.insert(Self.batch(number), onDuplicate: .replace)
                        acknowledged.add()
                        if number % 3 == 2 { try database.checkpoint() }
                        if number == 40 { try database.maintain(isFull: true) }
                    }
                } catch {
                    failures.add()
                }
            }
            for round in 0..<8 {
                // Beside batches, checkpoints, and once a build.
                while acknowledged.count < round * 8 + 2 && failures.count == 0 {
                    yieldProcessor()
                }
                let before = acknowledged.count
                let archive = try database.archive(level: 1)
                let after = begun.count
                let path = directory + "/restored \(round)"
                try Database.withRestored(archive, at: path) { (restored) throws in
                    let count = try Self.batchCount(of: restored)
                    #expect(count >= before && count <= after, "\(before) … \(after)")
                }
            }
            isDone.set()
            writer.join()
            #expect(failures.count == 0)
            try database.close()
        }
    }

    /// Batch *n*: its own ids, and an id that every batch puts in the place of the one before.
    private static func batch(_ number: Int) -> [Record] {
        let own = (1...batchSize).map { UInt64(number * batchSize + $0) }
        return ([0] + own).map { id in
            Record(
                id: id, vector: [Float(id), Float(number), 0, 1],
                attributes: ["batch": .integer(Int64(number))])
        }
    }

    /// How many batches there are, each of which must be whole, without a gap before the last.
    private static func batchCount(of database: Database) throws -> Int {
        let liveCount = try database.statistics().liveCount
        let count = (liveCount - 1) / batchSize
        #expect(liveCount == count * batchSize + 1)
        var missing: [UInt64] = []
        for id in 1...UInt64(count * batchSize) {
            if try database.get(id) == nil { missing.append(id) }
        }
        #expect(missing == [])
        #expect(try database.get(0)?.attributes["batch"] == .integer(Int64(count - 1)))
        return count
    }
}
