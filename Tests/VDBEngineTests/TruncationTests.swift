import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("Files that were cut")
struct TruncationTests {
    @Test("a cut data file is reported, and no record comes back changed", arguments: 1...15)
    func cutTables(sixteenths: Int) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/db"
            var options = Options()
            options.isAutomatic = false
            options.trainingThreshold = 256
            let vectors = try fill(path, options)
            let file = path + "/data.mdb"
            let size = try FileSystem.size(file)
            try FileDescriptor(opening: file, .readWrite).truncate(to: size * sixteenths / 16)

            for isReadOnly in [true, false] {
                options.isReadOnly = isReadOnly
                do throws(VectorDBError) {
                    let database = try Database.open(at: path, options: options)
                    #expect(try !database.verify().isEmpty)
                    for (id, vector) in vectors.enumerated() {
                        let record = try? database.get(UInt64(id))
                        #expect(record == nil || record?.vector == .float32(vector))
                    }
                    _ = try? database.search(Query(Vector(vectors[0])))
                    try? database.close()
                } catch {
                    #expect(error.code == .damaged)
                }
            }
        }
    }

    /// Makes a database with an index, and returns the vectors of ids 0, 1, 2 …
    private func fill(_ path: String, _ options: Options) throws -> [[Float]] {
        var random = RandomSource(seed: 5)
        let vectors = (0..<1500).map { _ in (0..<16).map { _ in random.nextUnit() } }
        let database = try Database.create(
            at: path, schema: try Schema(dimension: 16), options: options)
        try database.insert(
            Batch(
                ids: vectors.indices.map { UInt64($0) },
                vectors: .float32(vectors.flatMap { $0 })))
        try database.maintain()
        try database.close()
        return vectors
    }
}
