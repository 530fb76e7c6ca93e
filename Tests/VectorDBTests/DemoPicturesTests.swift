import Foundation
import Testing
import VectorDB

/// The pictures that `Tools/demo` has turned into vectors, where it has run.
private enum DemoPictures {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("demo-output")

    static var areThere: Bool {
        FileManager.default.fileExists(atPath: directory.path + "/queries.npy")
    }

    /// The rows of a float32 matrix in NumPy's format (version 1: the header's size at byte 8).
    static func rows(_ name: String, dimension: Int) throws -> [[Float]] {
        let file = try Data(contentsOf: directory.appendingPathComponent(name))
        let start = 10 + Int(file[8]) + Int(file[9]) << 8
        let values = file[start...].withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)
            }
        }
        return stride(from: 0, to: values.count, by: dimension).map {
            Array(values[$0..<$0 + dimension])
        }
    }
}

@Suite("Pictures of the demo")
struct DemoPicturesTests {
    @Test("the index finds nearly all that exact search finds", .enabled(if: DemoPictures.areThere))
    func recall() throws {
        let base = try DemoPictures.rows("vectors.npy", dimension: 504)
        let queries = try DemoPictures.rows("queries.npy", dimension: 504)
        try withTemporaryDirectory { path in
            var options = Options()
            options.isAutomatic = false
            options.trainingThreshold = 256
            let database = try Database.create(
                at: path + "/db", schema: try Schema(dimension: 504), options: options)
            try database.insert(
                Batch(
                    ids: base.indices.map { UInt64($0) }, vectors: .float32(base.flatMap { $0 })))
            try database.maintain()
            var found = 0
            for query in queries {
                let truth = try database.search(Query(Vector(query), effort: .exact))
                let answer = try database.search(Query(Vector(query), effort: .recall(0.95)))
                #expect(answer.count == truth.count)
                found += Set(truth.map(\.id)).intersection(answer.map(\.id)).count
            }
            #expect(Double(found) >= 0.9 * Double(10 * queries.count))
            try database.close()
        }
    }
}
