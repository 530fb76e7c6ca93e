import Foundation
import Testing
import VectorDB

@Suite("After a fork")
struct ForkTests {
    private static let beforeFork = "opened before a fork"

    @Test("every call in the child on an inherited handle says so, and harms nothing")
    func refusal() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { directory in
                let database = try Host.create(at: directory + "/a.vdb", ids: 0..<10)
                var walk: Records? = try database.records()
                _ = try walk?.next()
                let isRefused = try Host.succeedsInChild {
                    let calls: [() throws -> Void] = [
                        { _ = try database.get(1) },
                        { _ = try database.search(Query([1])) },
                        { _ = try database.search([Query([1]), Query([2])]) },
                        { _ = try database.count() },
                        { try database.insert(Host.record(50)) },
                        { try database.delete([1]) },
                        { try database.checkpoint() },
                        { try database.maintain() },
                        { try database.compact() },
                        { _ = try database.statistics() },
                        { _ = try database.verify() },
                        { try database.backup(to: directory + "/backup") },
                        { _ = try walk?.next() },
                    ]
                    for call in calls {
                        try requireFailure(.closed, saying: ForkTests.beforeFork, call)
                    }
                    try database.close()
                    return true
                }
                try require(isRefused, "the child is refused")
                try database.insert(Host.record(10))
                var count = 1
                while try walk?.next() != nil { count += 1 }
                try require(count == 10, "the parent's walk goes on")
                walk = nil
                try database.close()
                try require(
                    Host.idsFound(at: directory + "/a.vdb") == Array(0..<11), "all is there")
            }
        }
    }

    /// What the child does with the inherited handle between the parent's calls.
    enum InChild: String, CaseIterable, Codable, Sendable {
        case inserts, insertsAndCloses, closes, letsGo, checkpoints
    }

    @Test(
        "what the parent acknowledges is kept, whatever the child tries",
        arguments: InChild.allCases, [false, true])
    func sequences(_ inChild: InChild, isParentKilled: Bool) async throws {
        let directory = NSTemporaryDirectory() + "vdb-fork-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/a.vdb"
        let course = Course(path: path, inChild: inChild, isKilled: isParentKilled)
        await #expect(processExitsWith: isParentKilled ? .signal(SIGKILL) : .success) {
            [course = course as Course] in try course.run()
        }
        #expect(try Host.idsFound(at: path) == Array(0..<13))
    }

    struct Course: Codable, Sendable {
        let path: String
        let inChild: InChild
        let isKilled: Bool

        func run() throws {
            var options = Options()
            options.mapSize = 1 << 28
            var database: Database? = try Database.create(
                at: path, schema: Host.schema(), options: options)
            try database?.insert((0..<10).map(Host.record))
            let isUnharmed = try Host.succeedsInChild {
                switch inChild {
                case .inserts: _ = try? database?.insert(Host.record(77))
                case .insertsAndCloses:
                    _ = try? database?.insert(Host.record(77))
                    try database?.close()
                case .closes: try database?.close()
                case .letsGo: database = nil
                case .checkpoints: try? database?.checkpoint()
                }
                return true
            }
            try require(isUnharmed, "the child ends by itself")
            try database?.insert(Host.record(10))
            try database?.checkpoint()
            try database?.insert((11..<13).map(Host.record))
            if isKilled { kill(getpid(), SIGKILL) }
            try database?.close()
        }
    }

    @Test("the child opens the database itself: it reads beside the parent, and may not write")
    func childReads() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { directory in
                let path = directory + "/a.vdb"
                let database = try Host.create(at: path, ids: 0..<10)
                try database.checkpoint()
                try database.insert(Host.record(10))
                let succeeds = try Host.succeedsInChild {
                    try requireFailure(.inUse, saying: "another writing process") {
                        _ = try Database.open(at: path, options: .manual)
                    }
                    let reader = try Database.open(at: path, options: Host.readOnly())
                    try require(Host.ids(reader) == Array(0..<11), "the child reads")
                    try reader.close()
                    return true
                }
                try require(succeeds, "the child reads")
                for id in 11..<300 as Range<UInt64> {
                    try database.insert(Host.record(id))
                    if id % 50 == 0 { try database.checkpoint() }
                }
                try database.close()
                try require(Host.idsFound(at: path) == Array(0..<300), "all is there")
            }
        }
    }

    @Test("the child writes if the parent only reads, and the parent sees it")
    func childWrites() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { directory in
                let path = directory + "/a.vdb"
                try Host.create(at: path, ids: 0..<10).close()
                let reader = try Database.open(at: path, options: Host.readOnly())
                try require(reader.count() == 10, "the parent reads")
                let succeeds = try Host.succeedsInChild {
                    let writer = try Database.open(at: path, options: .manual)
                    for id in 10..<200 as Range<UInt64> {
                        try writer.insert(Host.record(id))
                        if id % 20 == 0 { try writer.checkpoint() }
                    }
                    try writer.close()
                    return true
                }
                try require(succeeds, "the child writes")
                try require(Host.ids(reader) == Array(0..<200), "the parent sees it")
                try reader.close()
            }
        }
    }

    @Test("a child that outlives its killed parent keeps nobody from writing")
    func orphan() async throws {
        let directory = NSTemporaryDirectory() + "vdb-fork-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/a.vdb"
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String] in
            let database = try Host.create(at: path, ids: 0..<10)
            _ = try Host.fork {
                // Whoever runs this process waits for the other end of its pipes.
                Host.closePipes()
                while FileManager.default.fileExists(atPath: path) { usleep(1000) }
                return true
            }
            try database.insert(Host.record(10))
            kill(getpid(), SIGKILL)
        }
        #expect(try Host.idsFound(at: path) == Array(0..<11))
    }
}
