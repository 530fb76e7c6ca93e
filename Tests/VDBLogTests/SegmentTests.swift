import Testing
import VDBPrimitives

@testable import VDBLog

@Suite("Segments") struct SegmentTests {
    @Test("a full segment is followed by a new one, named by its first position")
    func rolling() throws {
        let (_, directory) = try writtenLog(20, segmentSize: 256)
        let summary = try LogSummary(reading: directory)
        #expect(summary.segments.count > 2)
        #expect(summary.last == LogPosition(20))
        #expect(summary.segments.reduce(0) { $0 + $1.recordCount } == 20)
        for segment in summary.segments {
            #expect(segment.name == SegmentName.of(segment.first))
        }
        for segment in summary.segments.dropLast() { #expect(segment.size >= 256) }
    }

    @Test("removal takes the segments that are wholly below, and only those")
    func removal() throws {
        let (store, directory) = try writtenLog(20, segmentSize: 256)
        let before = try LogSummary(reading: directory).segments
        let writer = try LogWriter(directory, segmentSize: 256, after: .none)
        // One short of the third segment's first record: the second must stay.
        try writer.removeSegments(below: before[2].first.previous)
        #expect(store.files.count == before.count - 1)
        try writer.removeSegments(below: before[2].first)
        #expect(store.files.count == before.count - 2)
        #expect(
            try directory.records(after: before[2].first.previous).first?.position
                == before[2].first)
    }

    @Test("when everything is applied nothing remains but an empty segment")
    func removalOfAll() throws {
        let (store, directory) = try writtenLog(20, segmentSize: 256)
        let writer = try LogWriter(directory, after: .none)
        try writer.removeSegments(below: LogPosition(21))
        #expect(store.files == [segmentName(21): try #require(store.files[segmentName(21)])])
        try writer.removeSegments(below: LogPosition(21))
        #expect(store.files.count == 1)
        try writer.write(21...22)
        try writer.close()
        let reopened = try LogWriter(directory, after: LogPosition(20))
        #expect(reopened.recovery.last == LogPosition(22))
        #expect(try directory.records(after: LogPosition(20)) == testRecords(21...22))
    }

    @Test("a removal that did not reach the disk leaves no gap to complain about")
    func leftovers() throws {
        let (store, directory) = try writtenLog(20, segmentSize: 256)
        let segments = try LogSummary(reading: directory).segments
        var files = store.files
        files[segments[1].name] = nil
        let applied = segments[2].last
        let left = LogDirectory(MemoryStore(files: files))
        _ = try LogWriter(left, after: applied)
        #expect(try left.records(after: applied).last?.position == LogPosition(20))
    }

    @Test("a missing segment that is needed is an error with its position and the next file")
    func missingSegment() throws {
        let (store, directory) = try writtenLog(20, segmentSize: 256)
        let segments = try LogSummary(reading: directory).segments
        for (index, missing) in segments.dropLast().enumerated() {
            var files = store.files
            files[missing.name] = nil
            let left = LogDirectory(MemoryStore(files: files))
            let expected = LogError.missingSegment(
                directory: left.path, position: missing.first, found: segments[index + 1].name)
            #expect(throws: expected) { try left.records() }
            #expect(throws: expected) { _ = try LogWriter(left, after: .none) }
        }
    }

    @Test("a segment before the last that was cut is an error, without reading it")
    func shortSegment() throws {
        let (store, directory) = try writtenLog(20, segmentSize: 256)
        let first = try LogSummary(reading: directory).segments[0]
        var files = store.files
        files[first.name]?.removeLast(8)
        let left = LogDirectory(MemoryStore(files: files))
        let expected = LogError.damaged(
            file: left.path + "/" + first.name, offset: first.size - 8,
            reason: .truncated(needed: first.size, available: first.size - 8))
        #expect(throws: expected) { _ = try LogWriter(left, after: .none) }
    }

    @Test("a log without segments is an error")
    func noSegments() throws {
        let directory = LogDirectory(MemoryStore())
        #expect(
            throws: LogError.missingSegment(
                directory: directory.path, position: LogPosition(4), found: nil)
        ) { _ = try LogWriter(directory, after: LogPosition(3)) }
    }

    @Test("segments of another database are refused")
    func foreignIdentity() throws {
        let (store, _) = try writtenLog(3)
        let other = LogDirectory(store, identity: LogIdentity(1, 2))
        let expected = LogError.foreignSegment(
            file: store.path + "/" + segmentName(1), stored: testIdentity,
            expected: LogIdentity(1, 2))
        #expect(throws: expected) { _ = try LogWriter(other, after: .none) }
        #expect(throws: expected) { try other.records() }
    }

    @Test("a later format version is refused by number")
    func foreignVersion() throws {
        let (store, _) = try writtenLog(3)
        var bytes = try #require(store.files[segmentName(1)])
        bytes[8] = 9
        withUnsafeBytes(of: crc32c(Array(bytes.prefix(60))).littleEndian) {
            bytes.replaceSubrange(60..<64, with: $0)
        }
        let later = LogDirectory(MemoryStore(files: [segmentName(1): bytes]))
        #expect(
            throws: LogError.unsupportedVersion(
                file: later.path + "/" + segmentName(1), version: 9, supported: 1)
        ) { _ = try LogWriter(later, after: .none) }
    }

    @Test(
        "a .log file of another name is refused",
        arguments: ["1.log", "000000000000000A.log", "0000000000000000.log", "x.log"])
    func unexpectedFile(name: String) throws {
        let (store, _) = try writtenLog(3)
        var files = store.files
        files[name] = []
        let directory = LogDirectory(MemoryStore(files: files))
        #expect(throws: LogError.unexpectedFile(directory.path + "/" + name)) {
            _ = try LogWriter(directory, after: .none)
        }
    }

    @Test("a segment under another's name is refused")
    func renamedSegment() throws {
        let (store, _) = try writtenLog(3)
        let bytes = try #require(store.files[segmentName(1)])
        let directory = LogDirectory(MemoryStore(files: [segmentName(2): bytes]))
        let error = thrownError { () throws(LogError) in try directory.records() }
        #expect(error?.isDamage == true)
    }

    @Test("creation replaces what an unfinished creation left, and nothing else")
    func creation() throws {
        let store = MemoryStore(files: [segmentName(1): [1, 2, 3]])
        try LogDirectory(store).create()
        #expect(try LogDirectory(store).recover().records.isEmpty)
        let (written, directory) = try writtenLog(1)
        let files = written.files
        #expect(throws: LogError.unexpectedFile(directory.path + "/" + segmentName(1))) {
            try directory.create()
        }
        #expect(written.files == files)
    }
}
