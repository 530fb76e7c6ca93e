import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("A process that only reads")
struct FollowingTests {
    @Test("sees what others have acknowledged since, moved, and left behind when they were killed")
    func follows() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/database"
            try Database.create(at: path, schema: .pictures(), options: .manual).close()
            let reader = try Self.reader(path)
            var workload = Workload(seed: Writing.seed)
            var start = 0
            for ending in Writing.Ending.allCases + Writing.Ending.allCases.reversed() {
                let writing = Writing(path: path, start: start, count: 9, ending: ending)
                await #expect(
                    processExitsWith: ending == .kill ? .signal(SIGKILL) : .success
                ) { [writing = writing as Writing] in try writing.run() }
                for _ in 0..<writing.count { _ = workload.next() }
                start += writing.count
                #expect(try Workload.content(of: reader) == workload.model, "\(writing)")
                let query = [Float](repeating: 0.1, count: 16)
                let matches = try reader.search(Query(Vector(query), count: 20))
                expectGenuine(
                    matches, of: query, count: 20, metric: .euclidean, among: workload.model)
                #expect(try reader.verify().isEmpty)
            }
            #expect(code { try reader.delete([1]) } == .readOnly)
            try reader.close()
        }
    }

    @Test("beside one that writes sees one state after the other, each as it was acknowledged")
    func beside() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/database"
            try Database.create(at: path, schema: .pictures(), options: .manual).close()
            let writing = Writing(path: path, start: 0, count: 120, ending: .maintain)
            let watching = try Watching(path: path, writing: writing)
            let thread = try VDBPrimitives.Thread(name: "watch") { watching.run() }
            await #expect(processExitsWith: .success) {
                [writing = writing as Writing] in try writing.run()
            }
            watching.isOver.set()
            thread.join()
            let seen = watching.seen.read { $0 }
            #expect(seen.last == writing.count, "\(seen)")
            #expect(seen == seen.sorted())
        }
    }

    static func reader(_ path: String) throws -> Database {
        var options = Options.manual
        options.isReadOnly = true
        return try Database.open(at: path, options: options)
    }
}

/// Searches again and again, and notes after how many calls what it finds was all there was.
private final class Watching: Sendable {
    let seen = Monitor<[Int]>([])
    let isOver = Flag()
    private let reader: Database
    private let states: [Set<UInt64>]

    init(path: String, writing: Writing) throws {
        reader = try FollowingTests.reader(path)
        var workload = Workload(seed: Writing.seed)
        states = (0...writing.count).map { count in
            if count > 0 { _ = workload.next() }
            return Set(workload.model.keys)
        }
    }

    func run() {
        let query = Query(
            Vector([Float](repeating: 0, count: 16)), count: 1000, effort: .exact)
        while true {
            // One look more after the writer has ended.
            let isLast = isOver.isSet
            do {
                let ids = Set(try reader.search(query).map(\.id))
                let earliest = seen.read { $0.last ?? 0 }
                guard let state = states[earliest...].firstIndex(of: ids) else {
                    Issue.record("\(ids.count) ids that were never there, after \(earliest) calls")
                    return
                }
                seen.update { $0.append(state) }
            } catch {
                Issue.record(error)
                return
            }
            if isLast { break }
        }
        // Calls that change no ids leave the state of the one before.
        seen.update { seen in
            if let last = seen.last, states[last] == states.last { seen.append(states.count - 1) }
        }
    }
}

/// What another process does to a database.
private struct Writing: Codable, Sendable {
    static let seed: UInt64 = 31

    enum Ending: String, Codable, CaseIterable {
        /// Everything is in the log.
        case kill
        case checkpoint
        case close
        /// An index is trained anew.
        case maintain
    }

    let path: String
    /// Calls of the workload that were made before, and that are to be made.
    let start: Int
    let count: Int
    let ending: Ending

    func run() throws {
        let database = try Database.open(at: path, options: .manual)
        var workload = Workload(seed: Self.seed)
        for _ in 0..<start { _ = workload.next() }
        for call in 0..<count {
            try workload.next().run(on: database)
            if call % 5 == 3 && ending != .kill { try database.checkpoint() }
        }
        switch ending {
        case .kill: kill(getpid(), SIGKILL)
        case .checkpoint: try database.checkpoint()
        case .close: try database.close()
        case .maintain:
            try database.maintain(isFull: true)
            try database.close()
        }
    }
}
