import Foundation
import Testing
import VectorDB

@Suite("A host that copies the directory of an open database")
struct CopiedDirectoryTests {
    private static let count: UInt64 = 4000

    private static func fill(_ database: Database, round: Int) throws {
        let values = (0..<Int(count) * 16).map { Float(($0 &* 7 &+ round &* 1_000_003) % 65_521) }
        try database.insert(
            Batch(ids: Array(0..<count), vectors: Vector(values)), onDuplicate: .replace)
        try database.checkpoint()
    }

    @Test("keeps the pages of its readers when another process opens the database then")
    func readersStay() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { directory in
                let path = directory + "/a.vdb"
                let database = try Database.create(
                    at: path, schema: Schema(dimension: 16), options: .manual)
                try Self.fill(database, round: 0)
                var walk = try database.records()
                let first = try walk.next()
                // Opens and closes lock.mdb, which ends LMDB's own locks of this process.
                for name in ["data.mdb", "lock.mdb"] {
                    try FileManager.default.copyItem(
                        atPath: path + "/" + name, toPath: directory + "/" + name)
                }
                let isRead = try Host.succeedsInChild {
                    let reader = try Database.open(at: path, options: Host.readOnly())
                    defer { try? reader.close() }
                    return try reader.count() == Int(Self.count)
                }
                try require(isRead, "another process reads")
                for round in 1...6 {
                    try Self.fill(database, round: round)
                    try database.maintain()
                }
                var records = first.map { [$0] } ?? []
                while let record = try walk.next() { records.append(record) }
                try require(records.count == Int(Self.count), "all are seen")
                for (index, record) in records.enumerated() {
                    let expected = (0..<16).map { Float((index * 16 + $0) * 7 % 65_521) }
                    try require(record.vector == Vector(expected), "record \(index) is as it was")
                }
            }
        }
    }
}
