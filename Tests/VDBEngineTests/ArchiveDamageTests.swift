import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("Of an archive that is not whole, nothing is restored")
struct ArchiveDamageTests {
    @Test("cut at every byte")
    func cut() throws {
        try withTemporaryDirectory { directory in
            let archive = try Self.small(in: directory)
            var wrong: [Int] = []
            for size in 0..<archive.count {
                let error = try Self.refusal(of: Array(archive.prefix(size)), in: directory)
                let isNamed =
                    size == 0
                    ? error?.message.contains("no archive") == true
                    : error?.message.contains("ends at byte \(size),") == true
                if error?.code != .damaged || !isNamed { wrong.append(size) }
            }
            #expect(wrong == [])
        }
    }

    @Test("a byte changed, each in its turn")
    func flip() throws {
        try withTemporaryDirectory { directory in
            let archive = try Self.small(in: directory)
            var random = RandomSource(seed: 31)
            var wrong: [Int] = []
            for offset in archive.indices {
                var damaged = archive
                damaged[offset] ^= UInt8(1 + random.next(below: 255))
                let error = try Self.refusal(of: damaged, in: directory)
                let isNamed =
                    error?.message.contains("at byte ") == true
                    || offset < 8 && error?.message.contains("no archive") == true
                if error?.code != .damaged || !isNamed { wrong.append(offset) }
            }
            #expect(wrong == [])
        }
    }

    @Test("bytes behind its end are refused, where they begin")
    func trailing() throws {
        try withTemporaryDirectory { directory in
            let archive = try Self.small(in: directory)
            let error = try Self.refusal(of: archive + [0], in: directory)
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("at byte \(archive.count): bytes follow") == true)
        }
    }

    @Test("another version, of the archive or of the tables, is refused by its number")
    func versions() throws {
        try withTemporaryDirectory { directory in
            let archive = try Self.small(in: directory)
            for offset in [8, 16] {
                var later = archive
                later[offset] = 77
                HandBuilt.sealHeader(of: &later)
                let error = try Self.refusal(of: later, in: directory)
                #expect(error?.code == .unsupportedFormat)
                #expect(error?.message.contains("77") == true)
            }
        }
    }

    @Test(
        "files of another kind are refused as such",
        arguments: [
            [], Array("%PDF-1.7 and so on, for as long as you like".utf8),
            [UInt8](repeating: 0, count: 500), Array("VDBLOG\r\n".utf8),
        ])
    func foreign(bytes: [UInt8]) throws {
        try withTemporaryDirectory { directory in
            let error = try Self.refusal(of: bytes, in: directory)
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("no archive of a database") == true)
        }
    }

    @Test("what the caller's reading throws is in the error")
    func failingSource() throws {
        struct Unplugged: Error {}
        try withTemporaryDirectory { directory in
            let error = #expect(throws: VectorDBError.self) {
                try Database.restore(to: directory + "/x") { _ in throw Unplugged() }
            }
            #expect(error?.code == .inputOutput)
            #expect(error?.message.contains("Unplugged") == true)
            let left = try names(in: directory)
            #expect(left == [])
        }
    }

    /// An archive of a few records, some of them in the log alone.
    private static func small(in directory: String) throws -> [UInt8] {
        let path = directory + "/small"
        let database = try Database.create(
            at: path,
            schema: try Schema(
                dimension: 2, attributes: [Attribute(name: "word", type: .keyword)]),
            options: .manual)
        for id in 0..<UInt64(3) {
            let record = Record(
                id: id, vector: [Float(id), 1], attributes: ["word": .keyword("w\(id)")])
            try database.insert(record)
            if id == 1 { try database.checkpoint() }
        }
        try database.delete([0])
        let archive = try database.archive()
        try database.close()
        try FileManager.default.removeItem(atPath: path)
        return archive
    }

    /// The error of restoring `archive`; afterwards there must be nothing in the directory.
    private static func refusal(
        of archive: [UInt8], in directory: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> VectorDBError? {
        let error = #expect(throws: VectorDBError.self, sourceLocation: sourceLocation) {
            try Database.restore(archive, to: directory + "/restored")
        }
        let left = try names(in: directory)
        #expect(left == [], sourceLocation: sourceLocation)
        return error
    }
}
