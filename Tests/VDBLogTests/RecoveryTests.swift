import Testing
import VDBPrimitives

@testable import VDBLog

@Suite("Recovery") struct RecoveryTests {
    @Test("what was written is read back, closed or not", arguments: [true, false])
    func roundTrip(isClosed: Bool) throws {
        let (_, directory) = try writtenLog(40, segmentSize: 300, isClosed: isClosed)
        let (writer, records) = try directory.recover()
        #expect(records == testRecords(1...40))
        #expect(writer.recovery == LogRecovery(last: LogPosition(40)))
    }

    @Test("positions go on after reopening", arguments: [true, false])
    func continuation(isClosed: Bool) throws {
        let (_, directory) = try writtenLog(3, isClosed: isClosed)
        let writer = try LogWriter(directory, after: .none)
        try writer.write(4...6)
        try writer.close()
        #expect(try directory.recover().records == testRecords(1...6))
    }

    @Test("opening writes again what no frame says is durable, and nothing else")
    func writingAgain() throws {
        for (isClosed, count) in [(false, 1), (true, 0)] {
            let (store, directory) = try writtenLog(12, isClosed: isClosed)
            let files = store.files
            let before = (writes: store.count(.write), syncs: store.count(.sync))
            _ = try LogWriter(directory, after: .none)
            #expect(store.count(.write) - before.writes == count, "closed: \(isClosed)")
            #expect(store.count(.sync) > before.syncs)
            #expect(store.files == files)
        }
    }

    @Test("a full disk does not stop an opening that has nothing to add")
    func openingOnFullDisk() throws {
        let (store, directory) = try writtenLog(12)
        store.setFault { call, _ in call == .write ? noRoom : nil }
        #expect(try directory.recover().records == testRecords(1...12))
    }

    @Test("a segment cut at any byte keeps every record that is whole", arguments: [true, false])
    func cutAtEveryByte(isClosed: Bool) throws {
        let (store, _) = try writtenLog(12, isClosed: isClosed)
        let name = segmentName(1)
        let bytes = try #require(store.files[name])
        for size in 0...bytes.count {
            let cut = MemoryStore(files: [name: Array(bytes.prefix(size))])
            let directory = LogDirectory(cut)
            guard size >= SegmentHeader.size else {
                // The only segment: nothing can be said about what it held.
                let error = thrownError { () throws(LogError) in try directory.recover() }
                #expect(error?.isDamage == true)
                continue
            }
            let (writer, records) = try directory.recover()
            let whole = wholeRecordCount(size)
            #expect(records == Array(testRecords(1...12).prefix(whole)), "cut at \(size)")
            // And the next record takes the place of the first that was lost.
            try writer.write(UInt64(whole + 1)...UInt64(whole + 1))
            #expect(try directory.records().count == whole + 1)
        }
    }

    /// How many of the test's records fit into the first `size` bytes.
    private func wholeRecordCount(_ size: Int) -> Int {
        var end = SegmentHeader.size
        var count = 0
        while count < 12 {
            let payload = testPayload(UInt64(count + 1)).count
            end += FrameHeader.size + (payload + 7) / 8 * 8
            if end > size { break }
            count += 1
        }
        return count
    }

    @Test("a changed bit is an error that names file and offset, or cuts the last record only")
    func flipOfEveryBit() throws {
        let (store, _) = try writtenLog(6)
        let name = segmentName(1)
        let bytes = try #require(store.files[name])
        let lastSize = FrameHeader.size + (testPayload(6).count + 7) / 8 * 8
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let directory = LogDirectory(MemoryStore(files: [name: changed]))
            do throws(LogError) {
                let (writer, records) = try directory.recover()
                #expect(bit / 8 >= bytes.count - lastSize, "bit \(bit) went unnoticed")
                #expect(records == testRecords(1...5))
                #expect(writer.recovery.cut?.offset == bytes.count - lastSize)
            } catch {
                guard case .damaged(let file, let offset, _) = error else {
                    Issue.record("bit \(bit): \(error)")
                    continue
                }
                #expect(file.hasSuffix(name))
                #expect(offset <= bit / 8 && bit / 8 < offset + 64)
            }
        }
    }

    @Test("in a log that was closed no changed bit costs a record")
    func flipAfterClose() throws {
        let (store, _) = try writtenLog(6, isClosed: true)
        let name = segmentName(1)
        let bytes = try #require(store.files[name])
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let directory = LogDirectory(MemoryStore(files: [name: changed]))
            do throws(LogError) {
                #expect(try directory.recover().records == testRecords(1...6))
                #expect(bit / 8 >= bytes.count - FrameHeader.size, "bit \(bit) went unnoticed")
            } catch {
                #expect(error.isDamage)
            }
        }
    }

    @Test("a changed byte in a segment before the last is an error, found when it is read")
    func flipInEarlierSegment() throws {
        let (store, _) = try writtenLog(12, segmentSize: 200)
        let name = segmentName(1)
        let bytes = try #require(store.files[name])
        for index in bytes.indices {
            var files = store.files
            files[name]?[index] ^= 0x10
            let directory = LogDirectory(MemoryStore(files: files))
            let error = thrownError { () throws(LogError) in try directory.recover() }
            guard case .damaged(let file, let offset, _)? = error else {
                Issue.record("byte \(index): \(String(describing: error))")
                continue
            }
            #expect(file.hasSuffix(name))
            #expect(offset <= index)
        }
    }

    @Test("whole records behind a torn one of the same group are cut off with it")
    func holeInUnsyncedGroup() throws {
        let (store, directory) = try writtenLog(2)
        let name = segmentName(1)
        let end = try #require(store.files[name]).count
        let writer = try LogWriter(directory, durability: .operatingSystem, after: .none)
        for position in UInt64(3)...6 { _ = try writer.append(testPayload(position)) }
        try writer.sync(through: LogPosition(6))
        var files = store.files
        for index in end..<end + 24 { files[name]?[index] = 0 }
        let left = MemoryStore(files: files)
        let (recovered, records) = try LogDirectory(left).recover()
        #expect(records == testRecords(1...2))
        #expect(recovered.recovery.cut?.offset == end)
        // Gone for good: a stale record must never stand behind a new one.
        #expect(left.files[name]?.count == end)
    }

    @Test("the same hole is damage once a later record says that it had been synced")
    func holeInSyncedGroup() throws {
        let (store, directory) = try writtenLog(2)
        let name = segmentName(1)
        let end = try #require(store.files[name]).count
        try LogWriter(directory, after: .none).write(3...6)
        var files = store.files
        for index in end..<end + 24 { files[name]?[index] = 0 }
        let lost = LogDirectory(MemoryStore(files: files))
        let error = thrownError { () throws(LogError) in try lost.recover() }
        guard case .damaged(_, let offset, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(offset == end)
    }

    @Test("a last segment whose header is torn is removed, and the one before goes on")
    func tornHeader() throws {
        let (store, _) = try writtenLog(5)
        for size in 0..<SegmentHeader.size {
            var files = store.files
            files[segmentName(6)] = Array(repeating: 0, count: size)
            let torn = MemoryStore(files: files)
            let (writer, records) = try LogDirectory(torn).recover()
            #expect(records == testRecords(1...5))
            #expect(writer.recovery.removedSegment == segmentName(6))
            try writer.write(6...7)
            #expect(torn.files.count == 1)
        }
    }

    @Test("reading changes nothing, torn tail or not")
    func readingIsReadOnly() throws {
        let (store, _) = try writtenLog(5)
        var files = store.files
        files[segmentName(1)]?.removeLast(3)
        let torn = MemoryStore(files: files)
        #expect(try LogDirectory(torn).records() == testRecords(1...4))
        #expect(try LogSummary(reading: LogDirectory(torn)).tornSize > 0)
        #expect(torn.files == files)
        for call in [MemoryStore.Call.write, .truncate, .sync, .create, .remove] {
            #expect(torn.count(call) == 0)
        }
    }

    @Test("a log that ends before what was applied goes on after it")
    func endBeforeApplied() throws {
        let (store, directory) = try writtenLog(5)
        let writer = try LogWriter(directory, after: LogPosition(9))
        #expect(writer.recovery.restarted)
        try writer.write(10...11)
        #expect(try directory.records(after: LogPosition(9)) == testRecords(10...11))
        #expect(store.files.keys.sorted() == [segmentName(10)])
    }

    @Test("a failing read call is an error, never an end", arguments: 0..<12)
    func failingRead(skipped: Int) throws {
        let (store, directory) = try writtenLog(12, segmentSize: 200)
        store.fail(.read, after: skipped, with: inputOutputError)
        let result = thrownError { () throws(LogError) in
            #expect(try directory.records() == testRecords(1...12))
        }
        if store.count(.read) > skipped, let result {
            guard case .system = result else {
                Issue.record("\(result)")
                return
            }
        }
    }
}
