import Testing
import VDBPrimitives

@testable import VDBLog

let testIdentity = LogIdentity(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)
let noRoom: Int32 = 28
let inputOutputError: Int32 = 5

extension LogDirectory {
    init(_ store: MemoryStore) { self.init(store, identity: testIdentity) }

    /// All records after `applied`, as recovery reads them.
    func records(after applied: LogPosition = .none) throws(LogError) -> [LogRecord] {
        var reader = try LogReader(self, after: applied)
        var records: [LogRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    /// What opening and replaying says, as the engine does both.
    func recover() throws(LogError) -> (writer: LogWriter, records: [LogRecord]) {
        let writer = try LogWriter(self, after: .none)
        return (writer, try records())
    }
}

/// The payload that tests write at a position; sizes with and without padding, and none.
func testPayload(_ position: UInt64) -> [UInt8] {
    (0..<Int(position * 5 % 32)).map { UInt8(truncatingIfNeeded: $0 + Int(position) * 7) }
}

func testRecords(_ positions: ClosedRange<UInt64>) -> [LogRecord] {
    positions.map { LogRecord(position: LogPosition($0), payload: testPayload($0)) }
}

extension LogWriter {
    /// Appends and acknowledges the test's records, each in a group of its own.
    func write(_ positions: ClosedRange<UInt64>) throws(LogError) {
        for position in positions {
            let given = try append(testPayload(position))
            #expect(given == LogPosition(position))
            try sync(through: given)
        }
    }
}

/// A store with a new log, and the log.
func emptyLog() throws(LogError) -> (store: MemoryStore, directory: LogDirectory) {
    let store = MemoryStore()
    let directory = LogDirectory(store)
    try directory.create()
    return (store, directory)
}

/// A log of records 1 … count, each synced by itself.
func writtenLog(
    _ count: UInt64, segmentSize: Int = 1 << 20, isClosed: Bool = false
) throws(LogError) -> (store: MemoryStore, directory: LogDirectory) {
    let (store, directory) = try emptyLog()
    let writer = try LogWriter(directory, segmentSize: segmentSize, after: .none)
    try writer.write(1...count)
    if isClosed { try writer.close() }
    return (store, directory)
}

func segmentName(_ first: UInt64) -> String { SegmentName.of(LogPosition(first)) }

/// The error that `body` throws, or nil.
func thrownError<Result>(_ body: () throws(LogError) -> Result) -> LogError? {
    do throws(LogError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

extension LogError {
    /// Whether it names a file and an offset in it.
    var isDamage: Bool {
        if case .damaged = self { return true }
        return false
    }
}
