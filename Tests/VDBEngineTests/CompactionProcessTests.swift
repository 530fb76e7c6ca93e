import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("A process that reads while another compacts")
struct CompactionProcessTests {
    @Test("sees right answers before, during and after each swap, and what is written meanwhile")
    func readsOn() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/database"
            try Database.create(at: path, schema: .pictures(), options: .manual).close()
            let compacting = Compacting(path: path)
            let watching = try SwapWatching(compacting)
            let thread = try VDBPrimitives.Thread(name: "watch") { watching.run() }
            await #expect(processExitsWith: .success) {
                [compacting = compacting as Compacting] in try compacting.run()
            }
            watching.isOver.set()
            thread.join()
            try watching.expectAll()
        }
    }
}

/// What the other process does: calls in one thread, compactions in another.
private struct Compacting: Codable, Sendable {
    static let seed: UInt64 = 77
    static let roundCount = 3
    /// Before the first compaction, and at most.
    static let firstCount = 60
    static let limit = 900
    /// Calls that must be acknowledged while a copy is being made, and after a swap.
    private static let leastCount = 4
    private static let patienceSeconds = 120.0

    let path: String

    /// There while a copy is being made and nobody has looked.
    func marker(_ round: Int) -> String { "\(path)-copying-\(round)" }
    /// There when somebody has looked.
    func answer(_ round: Int) -> String { "\(path)-seen-\(round)" }
    /// Has the number of calls that were made.
    var outcome: String { path + "-outcome" }

    func run() throws {
        let database = try Database.open(at: path, options: .manual)
        let done = Tally()
        let isOver = Flag()
        let failures = Monitor<[String]>([])
        var workload = Workload(seed: Self.seed)
        for _ in 0..<Self.firstCount {
            try workload.next().run(on: database)
            done.add()
        }
        try database.maintain(isFull: true)
        let calling = Monitor(workload)
        let writer = try VDBPrimitives.Thread(name: "writer") {
            while !isOver.isSet, done.count < Self.limit {
                do {
                    try calling.update { $0.next() }.run(on: database)
                    done.add()
                } catch {
                    failures.update { $0.append("\(error)") }
                    return
                }
                // So that what is written meanwhile is little beside what is copied.
                Platform.sleep(seconds: 0.002)
            }
        }
        for round in 0..<Self.roundCount {
            let marked = Flag()
            try database.compact { step, _ in
                guard step == "copying", !marked.isSet else { return }
                marked.set()
                let before = done.count
                wait { done.count >= before + Self.leastCount || !failures.read(\.isEmpty) }
                _ = FileManager.default.createFile(atPath: marker(round), contents: nil)
                wait { FileManager.default.fileExists(atPath: answer(round)) }
            }
            let before = done.count
            wait { done.count >= before + Self.leastCount || !failures.read(\.isEmpty) }
        }
        isOver.set()
        writer.join()
        let errors = failures.read { $0 }
        guard errors.isEmpty else { throw Failure(reasons: errors) }
        try Data("\(done.count)".utf8).write(to: URL(filePath: outcome))
        try database.close()
    }

    private struct Failure: Error { let reasons: [String] }

    /// Ends the process where what it waits for does not come.
    private func wait(until isTrue: () -> Bool) {
        let end = Platform.monotonicSeconds + Self.patienceSeconds
        while !isTrue() {
            guard Platform.monotonicSeconds < end else { _exit(3) }
            Platform.sleep(seconds: 0.001)
        }
    }
}

/// Looks at the database again and again, and notes which of the writer's states it saw, and which
/// file lay under the tables' name.
private final class SwapWatching: Sendable {
    private struct Look: Sendable {
        let state: Int
        let file: Int
        /// The round whose copy was being made.
        var copying: Int?
    }

    let isOver = Flag()
    private let compacting: Compacting
    private let reader: Database
    private let states: [Set<UInt64>]
    private let looks = Monitor<[Look]>([])

    init(_ compacting: Compacting) throws {
        self.compacting = compacting
        reader = try FollowingTests.reader(compacting.path)
        var workload = Workload(seed: Compacting.seed)
        states = (0...Compacting.limit).map { count in
            if count > 0 { _ = workload.next() }
            return Set(workload.model.keys)
        }
    }

    func run() {
        let files = FileManager.default
        var round = 0
        while true {
            // One look more after the writer has ended.
            let isLast = isOver.isSet
            let isCopying =
                round < Compacting.roundCount && files.fileExists(atPath: compacting.marker(round))
            do {
                try look(copying: isCopying ? round : nil)
            } catch {
                Issue.record(error)
                return
            }
            if isCopying {
                _ = files.createFile(atPath: compacting.answer(round), contents: nil)
                round += 1
            }
            if isLast { return }
        }
    }

    private func look(copying round: Int?) throws {
        let query = Query(Vector([Float](repeating: 0, count: 16)), count: 1000, effort: .exact)
        let ids = Set(try reader.search(query).map(\.id))
        let earliest = looks.read { $0.last?.state ?? 0 }
        guard let state = states[earliest...].firstIndex(of: ids) else {
            throw Failure.never(idCount: ids.count, after: earliest)
        }
        let path = compacting.path + "/data.mdb"
        let file = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber]
        looks.update { $0.append(Look(state: state, file: file as? Int ?? 0, copying: round)) }
    }

    private enum Failure: Error { case never(idCount: Int, after: Int) }

    func expectAll() throws {
        let looks = looks.read { $0 }
        let text = try String(contentsOf: URL(filePath: compacting.outcome), encoding: .utf8)
        let count = try #require(Int(text))
        var workload = Workload(seed: Compacting.seed)
        for _ in 0..<count { _ = workload.next() }
        #expect(states[looks.last?.state ?? 0] == Set(workload.model.keys))
        // Before, during and after: each file was looked at, the old one also while it was copied.
        let files = looks.map(\.file)
        let swaps = zip(files, files.dropFirst()).count { $0 != $1 }
        #expect(swaps == Compacting.roundCount)
        #expect(looks.compactMap(\.copying) == Array(0..<Compacting.roundCount))
        // The calls that came during a copy were seen then.
        for look in looks where look.copying != nil {
            #expect(look.state > Compacting.firstCount)
        }
        #expect(try Workload.content(of: reader) == workload.model)
        let query = [Float](repeating: 0.1, count: 16)
        expectGenuine(
            try reader.search(Query(Vector(query), count: 20)), of: query, count: 20,
            metric: .euclidean, among: workload.model)
        #expect(try reader.verify().isEmpty)
        try reader.close()
    }
}
