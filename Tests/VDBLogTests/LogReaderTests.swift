import Testing
import VDBPrimitives

@testable import VDBLog

@Suite("Reading") struct LogReaderTests {
    @Test("reading begins at the position asked for", arguments: UInt64(0)...20)
    func start(applied: UInt64) throws {
        let (_, directory) = try writtenLog(20, segmentSize: 256)
        let records = try directory.records(after: LogPosition(applied))
        #expect(records == Array(testRecords(1...20).dropFirst(Int(applied))))
    }

    @Test("a reader follows a log that grows, through new segments")
    func following() throws {
        let (_, directory) = try emptyLog()
        var reader = try LogReader(directory, after: .none)
        let writer = try LogWriter(directory, segmentSize: 256, after: .none)
        let none = try reader.next()
        #expect(none == nil)
        for position in UInt64(1)...30 {
            try writer.write(position...position)
            if position % 3 == 0 {
                var seen: [LogRecord] = []
                while let record = try reader.next() { seen.append(record) }
                #expect(seen == testRecords(position - 2...position))
            }
        }
    }

    @Test("a record that is only half there yet is waited for, not an error")
    func halfWritten() throws {
        let (full, _) = try writtenLog(3)
        let name = segmentName(1)
        let bytes = try #require(full.files[name])
        for size in SegmentHeader.size...bytes.count {
            let store = MemoryStore(files: [name: Array(bytes.prefix(size))])
            var reader = try LogReader(LogDirectory(store), after: .none)
            var seen: [LogRecord] = []
            while let record = try reader.next() { seen.append(record) }
            let file = try store.open(name, forWriting: true)
            try file.write(Array(bytes.suffix(from: size)), at: size)
            while let record = try reader.next() { seen.append(record) }
            #expect(seen == testRecords(1...3))
        }
    }

    @Test("damage is found again when asked again")
    func repeatedDamage() throws {
        let (store, _) = try writtenLog(5)
        var files = store.files
        files[segmentName(1)]?[SegmentHeader.size + 4] ^= 1
        var reader = try LogReader(LogDirectory(MemoryStore(files: files)), after: .none)
        for _ in 0..<2 {
            do throws(LogError) {
                _ = try reader.next()
                Issue.record("damage went unnoticed")
            } catch {
                #expect(error.isDamage)
            }
        }
    }

    @Test("a log in the file system is written, reopened and removed like one in memory")
    func fileSystem() throws {
        let path = "/tmp/vdb-log-test-\(Platform.processID)-\(Platform.wallMicroseconds)"
        try FileSystem.createDirectory(path)
        defer {
            for name in (try? FileSystem.names(in: path)) ?? [] {
                try? FileSystem.remove(path + "/" + name)
            }
            try? FileSystem.removeDirectory(path)
        }
        let directory = try LogDirectory(path: path, identity: testIdentity)
        try directory.create()
        let writer = try LogWriter(directory, segmentSize: 256, after: .none)
        try writer.write(1...20)
        try writer.close()
        let (reopened, records) = try directory.recover()
        #expect(records == testRecords(1...20))
        try reopened.removeSegments(below: LogPosition(21))
        try reopened.write(21...21)
        #expect(try FileSystem.names(in: path) == [segmentName(21)])
        #expect(try LogSummary(reading: directory).last == LogPosition(21))
    }
}
