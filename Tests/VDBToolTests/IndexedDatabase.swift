import Foundation
import VDBPrimitives
import VectorDB

@testable import vdbtool

/// A small database with lists, keywords, places, payloads, dead rows and records in the log's
/// reach; the same one each time.
enum IndexedDatabase {
    static let dimension = 8
    static let recordCount = 600
    /// Ids that were deleted after the lists were made.
    static let deletedIDs: Set<UInt64> = [10, 11, 25]

    static var schema: Schema {
        get throws {
            try Schema(
                dimension: dimension,
                attributes: [
                    Attribute(name: "taken", type: .timestamp),
                    Attribute(name: "place", type: .location),
                    Attribute(name: "kind", type: .keyword),
                    Attribute(name: "stars", type: .integer),
                    Attribute(name: "score", type: .real),
                    Attribute(name: "hidden", type: .boolean),
                ])
        }
    }

    /// Made once: training is what takes time.
    private static let template = Result { () throws -> Folder in
        let folder = try Folder()
        try build(at: folder.path + "/template.vdb")
        return folder
    }

    /// Puts a copy of it at `path`.
    static func make(at path: String) throws {
        let source = try template.get().path + "/template.vdb"
        try FileManager.default.copyItem(atPath: source, toPath: path)
    }

    private static func build(at path: String) throws {
        var options = Options()
        options.isAutomatic = false
        options.trainingThreshold = 256
        options.listCount = 5
        let database = try Database.create(at: path, schema: schema, options: options)
        try database.insert(batch(of: 0..<recordCount))
        try database.maintain()
        try database.delete(Array(deletedIDs))
        try database.close()
    }

    /// Records with these ids.
    static func batch(of ids: Range<Int>) -> Batch {
        var random = RandomSource(seed: 7)
        func next(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        var batch = Batch(ids: ids.map { UInt64($0) }, vectors: [])
        var vectors: [Float] = []
        var columns: [String: [AttributeValue]] = [:]
        for id in ids {
            let center = Float(id % 5) * 8
            for _ in 0..<dimension { vectors.append(center + Float(next(1000)) / 250) }
            let values: [(String, AttributeValue)] = [
                ("taken", .timestamp(1_700_000_000_000_000 + Int64(id) * 60_000_000)),
                (
                    "place",
                    .location(
                        Location(
                            latitude: Double(next(1800)) / 10 - 90,
                            longitude: Double(next(3600)) / 10 - 180))
                ),
                ("kind", .keyword(["cat", "dog, small", "a \"quoted\" one", ""][id % 4])),
                ("stars", .integer(Int64(id % 6))),
                ("score", .real(Double(next(100_000)) / 1000)),
                ("hidden", .boolean(id % 3 == 0)),
            ]
            for (name, value) in values {
                columns[name, default: []].append(next(9) == 0 ? .null : value)
            }
            batch.payloads.append(id % 7 == 0 ? Array("payload of \(id)".utf8) : nil)
        }
        batch.vectors = .float32(vectors)
        batch.attributes = columns
        return batch
    }
}
