import Foundation
import Testing
import VDBPrimitives

@testable import VDBStorage

@Suite struct EnvironmentTests {
    @Test("a process opens an environment once at a time, by whatever path")
    func opensOnce() throws {
        try withTemporaryDirectory { path in
            let first = try openEnvironment(path)
            #expect(throws: StorageError.openTwice(path: path)) { try openEnvironment(path) }
            let other = path + "/../" + (path as NSString).lastPathComponent
            #expect(throws: StorageError.openTwice(path: other)) {
                try openEnvironment(other, readOnly: true)
            }
            try first.put(first.a, Key(1 as UInt64), [1])
        }
    }

    @Test("an environment that was closed can be opened again and has what was committed")
    func reopening() throws {
        try withTemporaryDirectory { path in
            for round in 0..<5 as Range<UInt64> {
                let environment = try openEnvironment(path)
                try environment.put(environment.a, Key(round), [UInt8(round)])
                #expect(try environment.get(environment.a, Key(0 as UInt64)) == [0])
            }
            let environment = try openEnvironment(path, readOnly: true)
            let statistics = try environment.read { access throws(StorageError) in
                try access.statistics(environment.a)
            }
            #expect(statistics.entryCount == 5)
            #expect(environment.isReadOnly)
        }
    }

    @Test("opening for reading does not create a database")
    func missing() throws {
        try withTemporaryDirectory { path in
            #expect(throws: StorageError.missing(path: path)) {
                try openEnvironment(path, readOnly: true)
            }
            #expect(!FileSystem.exists(path + "/data.mdb"))
        }
    }

    @Test("a directory that is not there is a typed error, not a crash")
    func noDirectory() throws {
        _ = try withTemporaryDirectory { path in
            #expect(throws: StorageError.self) { _ = try openEnvironment(path + "/missing") }
        }
    }

    @Test("a table that is missing when opened for reading is reported as damage")
    func missingTable() throws {
        try withTemporaryDirectory { path in
            _ = try Environment(
                path: path, tableNames: ["a"], mapSize: 1 << 20, readOnly: false, creating: true)
            let damage = StorageError.damaged(
                table: "b", key: "", failure: .inconsistent("the table is missing"))
            #expect(throws: damage) { try openEnvironment(path, readOnly: true) }
            // The failure has given the path back.
            _ = try openEnvironment(path)
        }
    }

    @Test(
        "a foreign file in the place of the data is a typed error, and the path is given back",
        arguments: [1, 7, 100, 4095, 4096, 8192, 20_000], [UInt8(0), 0xFF, 0x5A])
    func foreignFile(size: Int, byte: UInt8) throws {
        try withTemporaryDirectory { path in
            var random = RandomSource(seed: UInt64(size))
            let garbage = (0..<size).map { _ in
                byte == 0x5A ? UInt8(truncatingIfNeeded: random.next()) : byte
            }
            let file = path + "/data.mdb"
            try Data(garbage).write(to: URL(fileURLWithPath: file))
            for readOnly in [true, false] {
                do throws(StorageError) {
                    _ = try openEnvironment(path, readOnly: readOnly)
                    Issue.record("\(size) bytes of garbage were opened")
                } catch {
                    guard case .damagedPage(file, 0, "meta", let offset?, _) = error else {
                        Issue.record("\(error)")
                        continue
                    }
                    #expect(offset <= size)
                }
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data(garbage))
            try FileSystem.remove(file)
            _ = try openEnvironment(path)
        }
    }

    @Test("the words of an error name the call or table, and the path or key")
    func descriptions() {
        #expect(
            StorageError.mapFull(path: "/x", size: 65536, limit: 65536).description
                == "the tables of /x have reached the 65536 bytes that `mapSize` allows: open it "
                + "with a larger one")
        #expect(
            StorageError.mapFull(path: "/x", size: 65536, limit: 1 << 20).description
                == "the tables of /x fill the 65536 bytes of address space that could be reserved "
                + "(`mapSize` allows 1048576): raise the limit on address space, or close other "
                + "databases")
        #expect(
            StorageError.damaged(table: "t", key: "0a", failure: .trailingBytes(3)).description
                == "table t, key 0a: 3 bytes too many")
        #expect(StorageError.missing(path: "/x").description == "no database at /x")
    }
}
