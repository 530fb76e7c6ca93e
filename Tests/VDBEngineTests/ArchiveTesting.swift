import Foundation
import Testing
import VDBPrimitives
import VectorDB

extension Database {
    /// The archive of what the database holds now.
    func archive(level: Int = 3) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try backup(level: level) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Restores an archive, handed over in pieces that fit nothing.
    static func restore(_ archive: [UInt8], to path: String) throws -> ArchiveSummary {
        var rest = archive[...]
        return try restore(to: path, options: .manual) { buffer in
            let part = rest.prefix(min(buffer.count, 1013))
            buffer.copyBytes(from: part)
            rest = rest.dropFirst(part.count)
            return part.count
        }
    }

    /// What is shown of an archive, opened under `path` for the time of `body`.
    static func withRestored<Result>(
        _ archive: [UInt8], at path: String, _ body: (Database) throws -> Result
    ) throws -> Result {
        let summary = try restore(archive, to: path)
        let database = try open(at: path, options: .manual)
        #expect(try database.statistics().liveCount == summary.liveCount)
        let result = try body(database)
        #expect(try database.verify() == [])
        try database.close()
        return result
    }
}

/// The names in a directory.
func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
}
