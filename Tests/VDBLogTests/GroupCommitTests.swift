import Glibc
import Testing
import VDBPrimitives

@testable import VDBLog

@Suite("Group commit") struct GroupCommitTests {
    /// Appends on so many threads while the first one's fdatasync is held up, then lets it go.
    private func race(
        _ threadCount: Int, _ store: MemoryStore, _ writer: LogWriter
    ) throws {
        let isHeld = Monitor(true)
        let first = store.count(.sync) + 1
        store.setFault { call, count in
            if call == .sync, count == first { isHeld.awaiting { $0 ? nil : () } }
            return nil
        }
        var threads: [Thread] = []
        for _ in 0..<threadCount {
            threads.append(
                try Thread(name: "writer") {
                    let position = thrownOrValue { () throws(LogError) in
                        let position = try writer.append([1, 2, 3])
                        try writer.sync(through: position)
                        return position
                    }
                    #expect(position != nil)
                })
        }
        // All have appended, and none can have been acknowledged before the first sync returns.
        while writer.status.appended.rawValue < UInt64(threadCount) || store.count(.sync) < first {
            Thread.yield()
        }
        isHeld.update { $0 = false }
        for thread in threads { thread.join() }
        store.clearFault()
    }

    @Test("32 threads that come during one fdatasync share the next write and fdatasync")
    func sharing() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        let writes = store.count(.write)
        let syncs = store.count(.sync)
        try race(32, store, writer)
        #expect(store.count(.sync) - syncs <= 2)
        #expect(store.count(.write) - writes <= 2)
        #expect(writer.status.synced == LogPosition(32))
        #expect(try directory.records().count == 32)
    }

    @Test("a failed fdatasync fails all that shared it, and all that waited behind it")
    func sharedFailure() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        store.fail(.sync, with: inputOutputError)
        let failures = SharedCounter()
        var threads: [Thread] = []
        for _ in 0..<16 {
            threads.append(
                try Thread(name: "writer") {
                    let error = thrownError { () throws(LogError) in
                        try writer.sync(through: try writer.append([1]))
                    }
                    if case .poisoned = error { _ = failures.increment() }
                })
        }
        for thread in threads { thread.join() }
        #expect(failures.current == 16)
        #expect(store.count(.sync) == 3)  // creation, opening, and the failed one: no second try
    }

    @Test("threads with different payloads get consecutive positions and their own bytes back")
    func manyThreads() throws {
        let (_, directory) = try emptyLog()
        let writer = try LogWriter(
            directory, segmentSize: 2000, bufferSize: 500, after: .none)
        let given = Monitor([LogPosition: [UInt8]]())
        var threads: [Thread] = []
        for number in UInt8(0)..<8 {
            threads.append(
                try Thread(name: "writer") {
                    for round in UInt8(0)..<50 {
                        let payload = Array(repeating: number, count: Int(round))
                        let position = thrownOrValue { () throws(LogError) in
                            let position = try writer.append(payload)
                            try writer.sync(through: position)
                            return position
                        }
                        if let position { given.update { $0[position] = payload } }
                    }
                })
        }
        for thread in threads { thread.join() }
        let expected = given.read { $0 }
        let records = try directory.records()
        #expect(records.map(\.position.rawValue) == Array(1...400))
        for record in records { #expect(expected[record.position] == record.payload) }
    }

    @Test("sync of what is durable makes no call")
    func alreadySynced() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        try writer.write(1...2)
        let syncs = store.count(.sync)
        let writes = store.count(.write)
        try writer.sync(through: LogPosition(1))
        try writer.sync(through: .none)
        #expect(store.count(.sync) == syncs)
        #expect(store.count(.write) == writes)
    }

    @Test("the buffer is bounded: append writes when it is full")
    func boundedBuffer() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, bufferSize: 1000, after: .none)
        let writes = store.count(.write)
        for _ in 0..<100 { _ = try writer.append(Array(repeating: 1, count: 76)) }
        // 100 frames of 104 bytes; a group is written when 1000 bytes wait: 10 frames.
        #expect(store.count(.write) - writes == 9)
        #expect(store.count(.sync) == 2)
    }

    @Test(
        "a large payload is written by itself and read back",
        arguments: [
            262_143, 262_144, 262_145, 3_000_001,
        ])
    func largePayload(size: Int) throws {
        let (_, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
        _ = try writer.append([1])
        _ = try writer.append(payload)
        try writer.sync(through: try writer.append([2]))
        #expect(try directory.recover().records.map(\.payload) == [[1], payload, [2]])
    }

    @Test("operatingSystem acknowledges after the write, without an fdatasync")
    func operatingSystem() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, durability: .operatingSystem, after: .none)
        let syncs = store.count(.sync)
        try writer.write(1...5)
        #expect(store.count(.sync) == syncs)
        #expect(try directory.records() == testRecords(1...5))
        #expect(try writer.syncIfDue(nowSeconds: 1000) == false)
        try writer.flush()
        #expect(store.count(.sync) == syncs + 1)
    }

    @Test("interval syncs when it is due, and only if there is something")
    func interval() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(
            directory, durability: .interval(milliseconds: 100), after: .none)
        let syncs = store.count(.sync)
        #expect(try writer.syncIfDue(nowSeconds: 5) == false)
        try writer.write(1...2)
        #expect(store.count(.sync) == syncs)
        #expect(try writer.syncIfDue(nowSeconds: 6))
        #expect(writer.status.synced == LogPosition(2))
        try writer.write(3...3)
        #expect(try writer.syncIfDue(nowSeconds: 6.09) == false)
        #expect(try writer.syncIfDue(nowSeconds: 6.11))
        #expect(store.count(.sync) == syncs + 2)
    }
}

/// The value of `body`, or nil if it throws.
func thrownOrValue<Result>(_ body: () throws(LogError) -> Result) -> Result? {
    do throws(LogError) { return try body() } catch { return nil }
}

extension Thread {
    /// Lets others run.
    static func yield() { sched_yield() }
}
