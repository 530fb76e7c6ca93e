import Testing
import VDBPrimitives

@testable import VDBLog

@Suite("Failed calls") struct FailureTests {
    @Test("a failed fdatasync poisons the writer for good, with its cause, and is not repeated")
    func failedSync() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        try writer.write(1...2)
        store.fail(.sync, with: noRoom)
        let position = try writer.append(testPayload(3))
        let cause = SystemFailure(
            call: "sync", path: store.path + "/" + segmentName(1), number: noRoom)
        #expect(throws: LogError.poisoned(cause)) { try writer.sync(through: position) }
        let syncs = store.count(.sync)
        #expect(throws: LogError.poisoned(cause)) { try writer.sync(through: position) }
        #expect(throws: LogError.poisoned(cause)) { _ = try writer.append([]) }
        #expect(throws: LogError.poisoned(cause)) { try writer.flush() }
        #expect(throws: LogError.poisoned(cause)) {
            try writer.removeSegments(below: LogPosition(1))
        }
        #expect(throws: LogError.poisoned(cause)) { try writer.close() }
        writer.resume()
        #expect(throws: LogError.poisoned(cause)) { _ = try writer.append([]) }
        #expect(store.count(.sync) == syncs)
        // What was durable before stays acknowledged.
        try writer.sync(through: LogPosition(2))
    }

    @Test("a failed write poisons the writer; reopening finds what was acknowledged")
    func failedWrite() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        try writer.write(1...2)
        store.fail(.write, with: inputOutputError)
        let position = try writer.append(testPayload(3))
        let error = thrownError { () throws(LogError) in try writer.sync(through: position) }
        guard case .poisoned? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let (reopened, records) = try directory.recover()
        #expect(records == testRecords(1...2))
        #expect(reopened.recovery.cut != nil)
        try reopened.write(3...4)
    }

    @Test("a write without room is taken back, and goes on when there is room")
    func noRoomLeft() throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        try writer.write(1...2)
        let before = store.files
        store.fail(.write, with: noRoom)
        _ = try writer.append(testPayload(3))
        let last = try writer.append(testPayload(4))
        let cause = SystemFailure(
            call: "write", path: store.path + "/" + segmentName(1), number: noRoom)
        let expected = LogError.takenBack(cause, keptThrough: LogPosition(2))
        #expect(throws: expected) { try writer.sync(through: last) }
        #expect(store.files == before)
        // Whoever else was under way learns it, until the owner has undone what depends on it.
        #expect(throws: expected) { try writer.sync(through: LogPosition(3)) }
        #expect(throws: expected) { _ = try writer.append([]) }
        try writer.sync(through: LogPosition(2))
        writer.resume()
        try writer.write(3...5)
        #expect(try directory.recover().records == testRecords(1...5))
    }

    @Test(
        "if taking back fails too, the writer is poisoned with the first cause",
        arguments: [
            MemoryStore.Call.truncate, .sync,
        ])
    func failedTakingBack(second: MemoryStore.Call) throws {
        let (store, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        try writer.write(1...2)
        store.setFault { call, _ in
            call == .write ? noRoom : call == second ? inputOutputError : nil
        }
        let position = try writer.append(testPayload(3))
        let cause = SystemFailure(
            call: "write", path: store.path + "/" + segmentName(1), number: noRoom)
        #expect(throws: LogError.poisoned(cause)) { try writer.sync(through: position) }
        store.clearFault()
        #expect(try directory.recover().records == testRecords(1...2))
    }

    @Test("no room for a new segment takes back the group, and leaves no file")
    func noRoomForSegment() throws {
        for call in [MemoryStore.Call.create, .write] {
            let (store, directory) = try emptyLog()
            let writer = try LogWriter(directory, segmentSize: 150, after: .none)
            try writer.write(1...3)
            #expect(store.files.count == 1)
            store.fail(call, with: noRoom)
            let position = try writer.append(testPayload(4))
            let error = thrownError { () throws(LogError) in
                try writer.sync(through: position)
            }
            guard case .takenBack(_, keptThrough: LogPosition(3))? = error else {
                Issue.record("\(call): \(String(describing: error))")
                continue
            }
            #expect(store.files.count == 1)
            writer.resume()
            try writer.write(4...5)
            #expect(try directory.recover().records == testRecords(1...5))
        }
    }

    @Test("on a full disk removal still makes room, before and after resume")
    func removalOnFullDisk() throws {
        let (store, directory) = try writtenLog(20, segmentSize: 256)
        let writer = try LogWriter(directory, after: .none)
        store.setFault { call, _ in call == .write || call == .create ? noRoom : nil }
        let position = try writer.append([1])
        #expect(throws: LogError.self) { try writer.sync(through: position) }
        try writer.removeSegments(below: LogPosition(21))
        #expect(store.files.count == 1)
        store.clearFault()
        writer.resume()
        try writer.write(21...22)
        #expect(try directory.records(after: LogPosition(20)) == testRecords(21...22))
    }

    @Test("a closed writer refuses, and closing again is nothing")
    func closed() throws {
        let (_, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        _ = try writer.append(testPayload(1))
        try writer.close()
        try writer.close()
        #expect(throws: LogError.closed(directory.path)) { _ = try writer.append([]) }
        #expect(throws: LogError.closed(directory.path)) {
            try writer.removeSegments(below: LogPosition(1))
        }
        try writer.sync(through: LogPosition(1))
        #expect(try directory.records() == testRecords(1...1))
    }

    @Test("sync of what was never appended is refused with both numbers")
    func notAppended() throws {
        let (_, directory) = try emptyLog()
        let writer = try LogWriter(directory, after: .none)
        try writer.write(1...1)
        #expect(throws: LogError.notAppended(LogPosition(2), last: LogPosition(1))) {
            try writer.sync(through: LogPosition(2))
        }
    }

    @Test("messages name the thing, the numbers and the cause")
    func messages() {
        let damaged = LogError.damaged(
            file: "a/log/1.log", offset: 64,
            reason: .checksumMismatch(stored: 1, computed: 2))
        #expect(
            "\(damaged)".hasPrefix(
                "cannot read log segment a/log/1.log: damaged at byte 64: checksum is 0x00000001"))
        let missing = LogError.missingSegment(
            directory: "a/log", position: LogPosition(7), found: "0000000000000010.log")
        #expect(
            "\(missing)" == "cannot read log a/log: the segment with record 7 is missing,"
                + " the next one is 0000000000000010.log")
    }
}
