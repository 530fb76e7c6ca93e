internal import VDBPrimitives

/// Reads the frames of one segment, through a window of bounded size.
///
/// Memory: the window, and the one record that is being read. The segment may grow meanwhile:
/// `refresh` forgets what was read.
struct SegmentScanner {
    private static let windowSize = 256 << 10
    /// The limit on checksummed bytes, as a multiple of the segment's size: a hostile segment can
    /// have a frame begin at every eighth byte, each reaching to its end.
    static let summedPart = 8

    let file: any LogFile
    /// For messages.
    let path: String
    let seed: UInt32
    /// Bytes in the file when it was last asked.
    private(set) var size: Int
    private var window: [UInt8] = []
    private var windowOffset = 0

    init(_ file: any LogFile, path: String, identity: LogIdentity) throws(LogError) {
        self.file = file
        self.path = path
        seed = identity.checksumSeed
        size = try systemCall(try file.size())
    }

    /// What is at an offset.
    enum Frame {
        /// A valid record with that position, what it says is durable, and where the next frame
        /// begins.
        case record([UInt8], synced: LogPosition, end: Int)
        case mark(end: Int)
        /// The file ends here.
        case end
        case invalid(DecodingFailure)
    }

    /// The frame at `offset`, which must follow the record at `previous`.
    mutating func frame(
        at offset: Int, after previous: LogPosition
    ) throws(LogError) -> Frame {
        guard offset < size else { return .end }
        guard let header = try header(at: offset) else {
            return .invalid(.truncated(needed: FrameHeader.size, available: size - offset))
        }
        if let refusal = header.refusal(room: size - offset) ?? header.refusal(after: previous) {
            return .invalid(refusal)
        }
        let end = offset + header.frameSize
        if header.payloadSize > Self.windowSize {
            // Straight into the array that is handed out.
            var body = try read(header.frameSize - FrameHeader.size, at: offset + FrameHeader.size)
            if let refusal = body.withUnsafeBytes({ header.refusal(of: $0, seed: seed) }) {
                return .invalid(refusal)
            }
            body.removeLast(header.paddingSize)
            return .record(body, synced: header.synced, end: end)
        }
        let body = try bytes(at: offset + FrameHeader.size, end: end)
        if let refusal = body.withUnsafeBytes({ header.refusal(of: $0, seed: seed) }) {
            return .invalid(refusal)
        }
        if header.isMark { return .mark(end: end) }
        return .record(
            Array(body.prefix(header.payloadSize)), synced: header.synced, end: end)
    }

    /// Asks for the size again, and reads again what is asked for from now on.
    mutating func refresh() throws(LogError) {
        size = try systemCall(try file.size())
        window = []
    }

    /// The offset of a valid frame behind `offset` that testifies that the record at `position`,
    /// expected at `offset` and not there, was durable once; nil if there is none.
    ///
    /// Every multiple of 8 is tried. Nearly all candidates fall by their header's numbers, so
    /// that this costs little more than reading the rest of the file.
    mutating func witness(
        against position: LogPosition, at offset: Int
    ) throws(LogError) -> Int? {
        var candidate = offset + FrameHeader.alignment
        var summedSize = 0
        while let header = try header(at: candidate) {
            // No more records have room between: a frame of a larger position is not of this log.
            let limit = UInt64((candidate - offset) / FrameHeader.size)
            if header.synced >= position, header.position >= position,
                header.position.rawValue - position.rawValue <= limit,
                header.refusal(room: size - candidate) == nil
            {
                summedSize += header.frameSize
                // Chance makes no such headers by the dozen: somebody has.
                guard summedSize <= Self.summedPart * size else { return candidate }
                let body = try bytes(
                    at: candidate + FrameHeader.size, end: candidate + header.frameSize)
                if body.withUnsafeBytes({ header.refusal(of: $0, seed: seed) }) == nil {
                    return candidate
                }
            }
            candidate += FrameHeader.alignment
        }
        return nil
    }

    /// Passes over all frames up to the end of the segment or a torn tail; throws on damage.
    ///
    /// For the last segment only: in those before it there is no torn tail.
    mutating func tail(from first: LogPosition) throws(LogError) -> SegmentTail {
        var tail = SegmentTail(last: first.previous, offset: SegmentHeader.size)
        // Records that no frame has said to be durable yet.
        var unproven: [(position: LogPosition, end: Int)] = []
        while true {
            switch try frame(at: tail.offset, after: tail.last) {
            case .record(_, let synced, let end):
                tail.last = tail.last.next
                tail.offset = end
                tail.endsWithMark = false
                let proven = unproven.prefix { $0.position <= synced }
                tail.provenOffset = proven.last?.end ?? tail.provenOffset
                unproven.removeFirst(proven.count)
                unproven.append((tail.last, end))
            case .mark(let end):
                tail.offset = end
                tail.endsWithMark = true
                tail.provenOffset = end
                unproven = []
            case .end:
                return tail
            case .invalid(let reason):
                guard try witness(against: tail.last.next, at: tail.offset) == nil else {
                    throw .damaged(file: path, offset: tail.offset, reason: reason)
                }
                tail.torn = reason
                return tail
            }
        }
    }

    /// The 24 bytes at `offset`, or nil if the file ends before.
    mutating func header(at offset: Int) throws(LogError) -> FrameHeader? {
        guard offset + FrameHeader.size <= size else { return nil }
        let field = try bytes(at: offset, end: offset + FrameHeader.size)
        return field.withUnsafeBytes { try? FrameHeader(decoding: $0) }
    }

    /// The bytes `offset ..< end`, which must be in the file; fewer if it has become shorter.
    mutating func bytes(at offset: Int, end: Int) throws(LogError) -> ArraySlice<UInt8> {
        if offset < windowOffset || end > windowOffset + window.count {
            let count = min(max(end - offset, Self.windowSize), size - offset)
            window = try read(count, at: offset)
            windowOffset = offset
        }
        let start = offset - windowOffset
        return window[start..<max(start, min(end - windowOffset, window.count))]
    }

    private func read(_ count: Int, at offset: Int) throws(LogError) -> [UInt8] {
        try systemCall(try file.read(count, at: offset))
    }
}

/// Where the valid frames of the last segment end, and why.
struct SegmentTail {
    /// The last valid record, or the one before the segment's first.
    var last: LogPosition
    /// The end of the last valid frame.
    var offset: Int
    var endsWithMark = false
    /// The end of what a frame behind it says is durable; 0 if there is no such frame.
    var provenOffset = 0
    /// What is wrong with the frame at `offset`; nil if the file ends there.
    var torn: DecodingFailure?
}

extension LogFile {
    /// `count` bytes at `offset`; fewer only at the end of the file.
    func read(_ count: Int, at offset: Int) throws(SystemFailure) -> [UInt8] {
        var failure: SystemFailure?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(SystemFailure) {
                initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// Makes a call of the seam; its failure becomes `LogError.system`.
func systemCall<Result>(
    _ call: @autoclosure () throws(SystemFailure) -> Result
) throws(LogError) -> Result {
    do throws(SystemFailure) {
        return try call()
    } catch {
        throw .system(error)
    }
}
