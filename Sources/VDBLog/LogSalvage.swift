package import VDBPrimitives

/// Hands out all valid records of a log that may be damaged, in order, and what is between them;
/// changes nothing.
///
/// Where a frame is not valid it looks for the next one at every multiple of 8 bytes: each proves
/// itself by its checksum. Memory: one record and a window of 256 KiB.
package struct LogSalvage: ~Copyable {
    /// What comes next.
    package enum Step {
        case record(LogRecord)
        /// Records that are not there, and why.
        case lost(ClosedRange<UInt64>, place: String, reason: String)
        /// Bytes behind the last record that are none: an unfinished write, or damage.
        case remnant(place: String, reason: String)
        /// A file that is no segment of this log.
        case refused(place: String, reason: String)
    }

    private let directory: LogDirectory
    private var names: [String]
    private var scanner: SegmentScanner?
    private var offset = 0
    /// Bytes of this segment that were summed, those of frames that overlap more than once.
    private var summedSize = 0
    /// The positions that have room in the segment.
    private var positions: ClosedRange<UInt64> = 0...0
    /// The last position that was accounted for; nil before the first.
    private var last: UInt64?
    /// Damage since the last valid frame.
    private var damage: (place: String, reason: String)?
    /// A record that was found behind a gap.
    private var waiting: LogRecord?

    /// - Parameter applied: what was applied already is passed over; nil if nobody knows.
    package init(_ directory: LogDirectory, after applied: LogPosition?) throws(LogError) {
        self.directory = directory
        last = applied?.rawValue
        names = try systemCall(try directory.store.names()).filter(SegmentName.claims)
    }

    /// The identity that most of a log's sound segments carry, and the lowest first position; nil
    /// if there is none.
    package static func survey(
        _ database: Directory
    ) throws(LogError) -> (identity: LogIdentity, first: LogPosition)? {
        let store = try systemCall(try DiskLogStore(of: database))
        var counts: [LogIdentity: (count: Int, first: LogPosition)] = [:]
        for name in try systemCall(try store.names()) where SegmentName.claims(name) {
            let bytes = try systemCall(
                try store.open(name, forWriting: false).read(SegmentHeader.size, at: 0))
            let header = bytes.withUnsafeBytes { try? SegmentHeader(decoding: $0) }
            guard let header else { continue }
            let known = counts[header.identity] ?? (0, header.first)
            counts[header.identity] = (known.count + 1, min(known.first, header.first))
        }
        let most = counts.max { ($0.value.count, $1.key.first) < ($1.value.count, $0.key.first) }
        return most.map { ($0.key, $0.value.first) }
    }

    /// The next step; nil at the end.
    package mutating func next() throws(LogError) -> Step? {
        if let record = waiting.take() { return accept(record) }
        while true {
            guard scanner != nil else {
                if names.isEmpty { return remnant() }
                if let refusal = try enter(names.removeFirst()) { return refusal }
                continue
            }
            switch try frame() {
            case .mark(let position, let end):
                offset = end
                let last = last ?? position
                self.last = max(last, position)
                // A mark names the record before it.
                if position > last { return gap(last + 1...position) }
                damage = nil
            case .end:
                scanner = nil
            case .invalid(let reason):
                if damage == nil {
                    damage = ("\(scanner?.path ?? "") at byte \(offset)", "\(reason)")
                }
                offset += FrameHeader.alignment
            case .record(let record, let end):
                offset = end
                guard record.position.rawValue > last ?? 0 else {
                    damage = nil
                    continue
                }
                if let last, record.position.rawValue > last + 1 {
                    waiting = record
                    return gap(last + 1...record.position.rawValue - 1)
                }
                return accept(record)
            }
        }
    }

    private mutating func accept(_ record: LogRecord) -> Step {
        damage = nil
        last = record.position.rawValue
        return .record(record)
    }

    private mutating func gap(_ positions: ClosedRange<UInt64>) -> Step {
        let cause = damage.take() ?? (directory.path, "no segment holds them")
        return .lost(positions, place: cause.0, reason: cause.1)
    }

    /// What is left at the end, once.
    private mutating func remnant() -> Step? {
        damage.take().map { .remnant(place: $0.place, reason: $0.reason) }
    }

    /// Begins a segment; not nil if it cannot be used.
    private mutating func enter(_ name: String) throws(LogError) -> Step? {
        let path = directory.store.path(of: name)
        guard let first = SegmentName.position(in: name) else {
            return .refused(place: path, reason: "it is not called like a segment")
        }
        let file = try systemCall(try directory.store.open(name, forWriting: false))
        let bytes = try systemCall(try file.read(SegmentHeader.size, at: 0))
        let header = bytes.withUnsafeBytes { bytes in
            Result { () throws(DecodingFailure) in try SegmentHeader(decoding: bytes) }
        }
        switch header {
        case .success(let header):
            guard header.identity == directory.identity else {
                return .refused(
                    place: path, reason: "it belongs to database \(header.identity)")
            }
        case .failure(let reason):
            // The frames prove themselves.
            if damage == nil { damage = ("\(path) at byte 0", "\(reason)") }
        }
        let scanner = try SegmentScanner(file, path: path, identity: directory.identity)
        let room = UInt64(scanner.size / FrameHeader.size)
        positions = first.rawValue - 1...first.rawValue + room
        self.scanner = scanner
        offset = SegmentHeader.size
        summedSize = 0
        return nil
    }

    private enum Frame {
        case record(LogRecord, end: Int)
        case mark(UInt64, end: Int)
        case end
        case invalid(DecodingFailure)
    }

    /// The frame at `offset`, whichever record it is.
    private mutating func frame() throws(LogError) -> Frame {
        guard var scanner = scanner.take() else { return .end }
        defer { self.scanner = scanner }
        guard offset < scanner.size else { return .end }
        guard let header = try scanner.header(at: offset) else {
            return .invalid(.truncated(needed: FrameHeader.size, available: scanner.size - offset))
        }
        if let refusal = header.refusal(room: scanner.size - offset) { return .invalid(refusal) }
        // Without it every second number in a vector would have megabytes read and summed.
        guard positions.contains(header.position.rawValue) else {
            return .invalid(.inconsistent("position is \(header.position)"))
        }
        let end = offset + header.frameSize
        summedSize += header.frameSize
        guard summedSize <= SegmentScanner.summedPart * scanner.size else {
            offset = scanner.size
            return .invalid(.inconsistent("frames overlap, the rest of the segment was not read"))
        }
        let body = try scanner.bytes(at: offset + FrameHeader.size, end: end)
        if let refusal = body.withUnsafeBytes({ header.refusal(of: $0, seed: scanner.seed) }) {
            return .invalid(refusal)
        }
        if header.isMark { return .mark(header.position.rawValue, end: end) }
        return .record(
            LogRecord(
                position: header.position, payload: Array(body.prefix(header.payloadSize))),
            end: end)
    }
}
