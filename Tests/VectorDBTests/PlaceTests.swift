import Foundation
import Testing
import VectorDB

@Suite("A handle touches only the directory that it opened")
struct PlaceTests {
    private static let openAgain = "another database is at"

    /// What somebody else does to the path of a database that is open.
    enum Trick: String, CaseIterable, Sendable {
        case movedAndReplaced
        case movedAndRestored
        case movedAndLinked

        /// Leaves the open database at `away` and one of records 100 to 109 at `path`.
        func play(path: String, away: String) throws {
            let other = path + "-other"
            switch self {
            case .movedAndReplaced:
                try Host.create(at: other, ids: 100..<110).close()
                try Host.move(path, to: away)
                try Host.move(other, to: path)
            case .movedAndRestored:
                let made = try Host.create(at: other, ids: 100..<110)
                try made.backup(to: path + ".vdbarc")
                try made.close()
                try Host.move(path, to: away)
                try Database.restore(path + ".vdbarc", to: path)
            case .movedAndLinked:
                try Host.create(at: other, ids: 100..<110).close()
                try Host.move(path, to: away)
                try FileManager.default.createSymbolicLink(
                    atPath: path, withDestinationPath: other)
            }
        }
    }

    @Test(
        "the new database stays whole, and what was acknowledged stays in the old one",
        arguments: Trick.allCases, [0, 1, 2])
    func replaced(_ trick: Trick, _ ending: Int) throws {
        try withTemporaryDirectory { directory in
            let (path, away) = (directory + "/a.vdb", directory + "/away.vdb")
            let stale = try Host.create(at: path, ids: 0..<10)
            try trick.play(path: path, away: away)
            switch ending {
            case 0:
                expectFailure(.replaced, saying: Self.openAgain, path) { try stale.checkpoint() }
            case 1:
                expectFailure(.replaced, saying: Self.openAgain) {
                    try stale.insert(Host.record(50))
                }
                // It goes on saying so, and reads what it has.
                expectFailure(.replaced, saying: Self.openAgain) { try stale.delete([1]) }
                expectFailure(.replaced, saying: Self.openAgain) { try stale.compact() }
                #expect(try Host.ids(stale) == Array(0..<10))
            default: break
            }
            try? stale.close()
            #expect(try Host.idsFound(at: path) == Array(100..<110))
            #expect(try Host.idsFound(at: away) == Array(0..<10))
        }
    }

    @Test("a handle whose directory was merely moved goes on in it")
    func moved() throws {
        try withTemporaryDirectory { directory in
            let (path, away) = (directory + "/a.vdb", directory + "/away.vdb")
            let database = try Host.create(at: path, ids: 0..<10)
            try Host.move(path, to: away)
            try database.insert(Host.record(10))
            try database.checkpoint()
            try database.insert(Host.record(11))
            try database.compact()
            try database.insert(Host.record(12))
            expectFailure(.inUse, saying: "in this process") {
                _ = try Database.open(at: away, options: .manual)
            }
            try database.close()
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(try Host.idsFound(at: away) == Array(0..<13))
        }
    }

    @Test("so does one whose parent was moved, also when it is compacted")
    func parentMoved() throws {
        try withTemporaryDirectory { directory in
            let (parent, away) = (directory + "/parent", directory + "/away")
            try FileManager.default.createDirectory(
                atPath: parent, withIntermediateDirectories: false)
            let database = try Host.create(at: parent + "/a.vdb", ids: 0..<10)
            try Host.move(parent, to: away)
            try database.compact()
            try database.insert(Host.record(10))
            try database.close()
            #expect(try Host.idsFound(at: away + "/a.vdb") == Array(0..<11))
        }
    }

    @Test(
        "a path may end in slashes, and lead by a link to an empty directory",
        arguments: ["a.vdb/", "a.vdb//", "empty", "empty//", "link"])
    func spelling(name: String) throws {
        try withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(
                atPath: directory + "/empty", withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: directory + "/empty")
            let path = directory + "/" + name
            try Host.create(at: path, ids: 0..<3).close()
            #expect(try Host.idsFound(at: path) == [0, 1, 2])
            let left = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(left.allSatisfy { ["a.vdb", "empty", "link"].contains($0) })
        }
    }

    @Test("a path that ends in no name is refused", arguments: ["", "missing/.", "missing/.."])
    func noName(path: String) {
        expectFailure(.invalidArgument, saying: "path") {
            _ = try Database.create(at: path, schema: Host.schema(), options: .manual)
        }
    }

    @Test("in a directory that was removed nothing is acknowledged any more")
    func removed() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.vdb"
            let database = try Host.create(at: path, ids: 0..<10)
            try FileManager.default.removeItem(atPath: path)
            expectFailure(.replaced, saying: "was removed") {
                try database.insert(Host.record(10))
            }
            try? database.close()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("files that were exchanged within the directory are left alone")
    func exchangedWithin() throws {
        try withTemporaryDirectory { directory in
            let (path, other) = (directory + "/a.vdb", directory + "/b.vdb")
            let stale = try Host.create(at: path, ids: 0..<10)
            try Host.create(at: other, ids: 100..<110).close()
            for name in try FileManager.default.contentsOfDirectory(atPath: path) {
                try FileManager.default.removeItem(atPath: path + "/" + name)
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: other) {
                try Host.move(other + "/" + name, to: path + "/" + name)
            }
            expectFailure(.replaced, saying: Self.openAgain) { try stale.checkpoint() }
            expectFailure(.replaced, saying: Self.openAgain) { try stale.insert(Host.record(1)) }
            try? stale.close()
            #expect(try Host.idsFound(at: path) == Array(100..<110))
        }
    }

    @Test("a process that reads says that another database has taken the place")
    func reader() async throws {
        try await withTemporaryDirectory { (directory) async throws in
            let (path, away) = (directory + "/a.vdb", directory + "/away.vdb")
            try Host.create(at: path, ids: 0..<10).close()
            let reader = try Database.open(at: path, options: Host.readOnly())
            #expect(try reader.count() == 10)
            try Trick.movedAndReplaced.play(path: path, away: away)
            // It looks at intervals.
            var failure: VectorDBError?
            for _ in 0..<1000 where failure == nil {
                do {
                    _ = try reader.count()
                    try await Task.sleep(for: .milliseconds(5))
                } catch let error as VectorDBError {
                    failure = error
                }
            }
            #expect(failure?.code == .replaced)
            try reader.close()
        }
    }

    @Test("the path may be relative, and the process change its directory")
    func relative() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { directory in
                FileManager.default.changeCurrentDirectoryPath(directory)
                let database = try Host.create(at: "a.vdb", ids: 0..<10)
                FileManager.default.changeCurrentDirectoryPath("/")
                try database.insert(Host.record(10))
                try database.compact()
                try database.close()
                try require(
                    Host.idsFound(at: directory + "/a.vdb") == Array(0..<11), "all are there")
            }
        }
    }
}

/// Runs `body` with the path of an empty directory, which is gone afterwards.
private func withTemporaryDirectory<Result>(
    _ body: (String) async throws -> Result
) async throws -> Result {
    let path = NSTemporaryDirectory() + "vdb-api-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
