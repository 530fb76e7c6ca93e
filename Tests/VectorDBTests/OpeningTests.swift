import Foundation
import Testing
import VectorDB

@Suite("Opening and closing")
struct OpeningTests {
    private static func schema() throws -> Schema {
        try Schema(dimension: 4, attributes: [Attribute(name: "rank", type: .integer)])
    }

    @Test("creating over something is refused and leaves it alone")
    func createOverExisting() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let database = try Database.create(
                at: path, schema: Self.schema(), options: .manual)
            try database.insert(Record(id: 1, vector: [1, 2, 3, 4]))
            try database.close()
            expectFailure(.alreadyExists, saying: path) {
                _ = try Database.create(at: path, schema: try Self.schema())
            }
            let reopened = try Database.open(at: path, options: .manual)
            #expect(try reopened.get(1) != nil)
            try reopened.close()

            let file = directory + "/file"
            try Data("text".utf8).write(to: URL(filePath: file))
            expectFailure(.alreadyExists, saying: file) {
                _ = try Database.create(at: file, schema: try Self.schema())
            }
            #expect(try Data(contentsOf: URL(filePath: file)) == Data("text".utf8))
            expectFailure(.alreadyExists, saying: directory) {
                _ = try Database.create(at: directory, schema: try Self.schema())
            }
        }
    }

    @Test("an empty directory is as good as none; a missing parent is an error")
    func createInEmpty() throws {
        try withTemporaryDirectory { directory in
            try Database.create(at: directory, schema: Self.schema(), options: .manual).close()
            try Database.open(at: directory, options: .manual).close()
            expectFailure(.inputOutput, saying: "/none/database") {
                _ = try Database.create(
                    at: directory + "/none/database", schema: try Self.schema())
            }
        }
    }

    @Test("opening what is not there, or is no database")
    func openForeign() throws {
        try withTemporaryDirectory { directory in
            expectFailure(.noDatabase, saying: "/none") {
                _ = try Database.open(at: directory + "/none")
            }
            expectFailure(.noDatabase, saying: directory) {
                _ = try Database.open(at: directory)
            }
            for (name, content) in [
                ("text", Data("This is not a database, whatever its name says.".utf8)),
                ("zeros", Data(count: 65_536)),
                ("noise", Data((0..<65_536).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) })),
            ] {
                let path = directory + "/" + name
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: false)
                try content.write(to: URL(filePath: path + "/data.mdb"))
                expectFailure(.damaged, saying: path) {
                    _ = try Database.open(at: path, options: .manual)
                }
                #expect(try Data(contentsOf: URL(filePath: path + "/data.mdb")) == content)
            }
        }
    }

    @Test("read-only: everything can be read, nothing written")
    func readOnly() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let writer = try Database.create(
                at: path, schema: Self.schema(), options: .manual)
            try writer.insert((0..<10).map { Record(id: $0, vector: [1, 2, 3, Float($0)]) })
            try writer.close()
            var options = Options.manual
            options.isReadOnly = true
            let database = try Database.open(at: path, options: options)
            #expect(try database.search(Query([1, 2, 3, 4], count: 20)).count == 10)
            #expect(try database.get(3)?.vector == [1, 2, 3, 3])
            #expect(try database.verify().isEmpty)
            #expect(try database.statistics().liveCount == 10)
            let writes: [() throws -> Void] = [
                { try database.insert(Record(id: 99, vector: [1, 2, 3, 4])) },
                { try database.insert(Batch(ids: [99], vectors: [1, 2, 3, 4])) },
                { try database.update(id: 1, attributes: ["rank": 1]) },
                { try database.delete([1]) },
                { try database.checkpoint() },
                { try database.maintain() },
            ]
            for write in writes {
                expectFailure(.readOnly, saying: path) { try write() }
            }
            expectFailure(.readOnly, saying: "new") {
                _ = try Database.create(
                    at: directory + "/new", schema: try Self.schema(), options: options)
            }
            try database.close()
        }
    }

    @Test("a draft under another name is replaced, even one that had been opened already")
    func openedDraft() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            try Database.create(at: path, schema: Self.schema(), options: .manual).close()
            // What a loss of power leaves that took back the renaming.
            try FileManager.default.moveItem(atPath: path, toPath: path + ".new")
            let database = try Database.create(
                at: path, schema: Self.schema(), options: .manual)
            try database.insert(Record(id: 1, vector: [1, 2, 3, 4]))
            try database.close()
            #expect(!FileManager.default.fileExists(atPath: path + ".new"))
        }
    }

    @Test("a second opening in the same process is told that the database is in use")
    func openTwice() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let database = try Database.create(
                at: path, schema: Self.schema(), options: .manual)
            for isReadOnly in [false, true] {
                var options = Options.manual
                options.isReadOnly = isReadOnly
                for same in [path, directory + "/./database", directory + "//database/"] {
                    expectFailure(.inUse, saying: "database") {
                        _ = try Database.open(at: same, options: options)
                    }
                }
            }
            try database.insert(Record(id: 1, vector: [1, 2, 3, 4]))
            try database.close()
            try Database.open(at: path, options: .manual).close()
        }
    }

    @Test("after close everything is refused, but closing")
    func closed() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            let database = try Database.create(
                at: path, schema: Self.schema(), options: .manual)
            try database.insert(Record(id: 1, vector: [1, 2, 3, 4]))
            try database.close()
            try database.close()
            let calls: [() throws -> Void] = [
                { _ = try database.get(1) },
                { _ = try database.search(Query([1, 2, 3, 4])) },
                { _ = try database.search(Query([1, 2, 3, 4], effort: .exact)) },
                { try database.insert(Record(id: 2, vector: [1, 2, 3, 4])) },
                { try database.insert(Batch(ids: [2], vectors: [1, 2, 3, 4])) },
                { try database.update(id: 1, attributes: ["rank": 1]) },
                { try database.delete([1]) },
                { try database.checkpoint() },
                { try database.maintain() },
                { _ = try database.verify() },
                { _ = try database.statistics() },
            ]
            for call in calls {
                expectFailure(.closed, saying: path) { try call() }
            }
            #expect(database.path == path)
            let schema = try Self.schema()
            #expect(database.schema == schema)
        }
    }

    @Test("a map that is too small fails the checkpoint alone, and what was acknowledged is kept")
    func mapFull() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            var options = Options.manual
            options.mapSize = 1 << 20
            let schema = try Schema(dimension: 256)
            let database = try Database.create(at: path, schema: schema, options: options)
            // Fractions, which take four bytes each.
            let vectors = (0..<2000 * 256).map { Float($0 % 251) / 2 }
            try database.insert(Batch(ids: Array(0..<2000), vectors: Vector(vectors)))
            expectFailure(.mapFull, saying: "1048576") { try database.checkpoint() }
            // Writing goes on: the log has room.
            try database.insert(Batch(ids: [5000], vectors: Vector(Array(vectors[..<256]))))
            #expect(try database.get(1999) != nil)
            #expect(try database.search(Query(Vector(Array(vectors[..<256])))).count == 10)
            expectFailure(.mapFull, saying: "1048576") { try database.close() }
            let reopened = try Database.open(at: path, options: .manual)
            #expect(try reopened.statistics().liveCount == 2001)
            #expect(try reopened.get(5000) != nil)
            try reopened.checkpoint()
            #expect(try reopened.verify().isEmpty)
            try reopened.close()
        }
    }
}
