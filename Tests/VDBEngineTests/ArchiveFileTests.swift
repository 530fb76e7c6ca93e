import Foundation
import Testing
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

@Suite("Archives and restored databases get their names when they are whole")
struct ArchiveFileTests {
    private static func create(_ path: String, count: Int = 10) throws -> Database {
        let database = try Database.create(
            at: path, schema: try Schema(dimension: 2), options: .manual)
        try database.insert((0..<count).map { Record(id: UInt64($0), vector: [Float($0), 1]) })
        try database.checkpoint()
        return database
    }

    @Test("a file takes the place of the one before, and nothing is left beside it")
    func replacing() throws {
        try withTemporaryDirectory { directory in
            let archive = directory + "/archive"
            // What a backup that was killed left.
            try Data("the beginning of an archive".utf8).write(
                to: URL(filePath: archive + ".new"))
            let database = try Self.create(directory + "/database")
            try database.backup(to: archive)
            try database.delete([3])
            let summary = try database.backup(to: archive)
            #expect(summary.liveCount == 9)
            #expect(summary.size == (try Data(contentsOf: URL(filePath: archive)).count))
            try database.close()
            #expect(try names(in: directory) == ["archive", "database"])
            let restored = try Database.restore(archive, to: directory + "/restored")
            #expect(restored == summary)
            #expect(try names(in: directory) == ["archive", "database", "restored"])
        }
    }

    @Test("a backup that fails leaves the archive before it as it was")
    func failing() throws {
        try withTemporaryDirectory { directory in
            let archive = directory + "/archive"
            let path = directory + "/database"
            let database = try Self.create(path)
            try database.backup(to: archive)
            try database.close()
            let before = try Data(contentsOf: URL(filePath: archive))
            try damageVectors(of: path)
            let damaged = try Database.open(at: path, options: .manual)
            let error = #expect(throws: VectorDBError.self) { try damaged.backup(to: archive) }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("table vectors, key 00000000: checksum") == true)
            try damaged.close()
            let after = try Data(contentsOf: URL(filePath: archive))
            #expect(after == before)
            #expect(try names(in: directory) == ["archive", "database"])
        }
    }

    @Test("a directory or a device is not replaced by an archive")
    func notAFile() throws {
        try withTemporaryDirectory { directory in
            let database = try Self.create(directory + "/database")
            for path in [directory, "/dev/null"] {
                #expect(code { try database.backup(to: path) } == .alreadyExists)
            }
            #expect(code { try database.backup(to: directory + "/no/archive") } == .inputOutput)
            try database.close()
        }
    }

    @Test("nothing is restored over what is there; an empty directory is nothing")
    func existing() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let database = try Self.create(path)
            let archive = try database.archive()
            try database.close()
            #expect(code { _ = try Database.restore(archive, to: path) } == .alreadyExists)
            let reopened = try Database.open(at: path, options: .manual)
            #expect(try reopened.statistics().liveCount == 10)
            try reopened.close()
            try FileManager.default.createDirectory(
                atPath: directory + "/empty", withIntermediateDirectories: false)
            try Database.withRestored(archive, at: directory + "/empty") { _ in }
            #expect(
                code { try Database.restore(directory + "/none", to: directory + "/x") }
                    == .noDatabase)
        }
    }

    @Test("a restoration that was killed leaves nothing at the name, and the next one replaces it")
    func killed() async throws {
        try await withTemporaryDirectory { directory in
            let database = try Self.create(directory + "/database", count: 3000)
            try database.backup(to: directory + "/archive")
            try database.close()
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [directory = directory as String] in
                var rest = try Data(contentsOf: URL(filePath: directory + "/archive"))[...]
                // Kills itself when the tables are written and the end is asked for.
                try Database.restore(to: directory + "/restored", options: .manual) { buffer in
                    if rest.count <= 44 { kill(getpid(), SIGKILL) }
                    let part = rest.prefix(min(buffer.count, rest.count - 44))
                    buffer.copyBytes(from: part)
                    rest = rest.dropFirst(part.count)
                    return part.count
                }
            }
            #expect(
                try names(in: directory) == ["archive", "database", "restored.new"])
            let summary = try Database.restore(
                directory + "/archive", to: directory + "/restored", options: .manual)
            #expect(summary.liveCount == 3000)
            #expect(try names(in: directory) == ["archive", "database", "restored"])
        }
    }

    @Test("two restorations of one name do not meet")
    func twice() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/restored"
            let database = try Self.create(directory + "/database")
            let archive = try database.archive()
            try database.close()
            var rest = archive[...]
            var other: VectorDBError.Code?
            try Database.restore(to: path, options: .manual) { buffer in
                // The end: everything else has been written.
                if rest.count <= 44 && other == nil {
                    other = code { _ = try Database.restore(archive, to: path) }
                }
                let part = rest.prefix(min(buffer.count, 100))
                buffer.copyBytes(from: part)
                rest = rest.dropFirst(part.count)
                return part.count
            }
            #expect(other == .inUse)
            #expect(try names(in: directory) == ["database", "restored"])
        }
    }

    /// Changes a byte of the first chunk of vectors and leaves its checksum as it was.
    private func damageVectors(of path: String) throws {
        let environment = try Environment(
            path: path, tableNames: TableName.names, mapSize: 1 << 30, readOnly: false)
        let table = environment.table(.vectors)
        var value = try environment.read { (access) throws(StorageError) in
            Array(
                try access.value(table, Keys.chunk(0))
                    ?? UnsafeRawBufferPointer(start: nil, count: 0))
        }
        value[100] ^= 1
        let transaction = try environment.beginWrite()
        try transaction.put(table, Keys.chunk(0), value)
        try transaction.commit()
    }
}
