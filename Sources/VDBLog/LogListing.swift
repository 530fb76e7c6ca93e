package import VDBPrimitives

/// What a log consists of, for people who look into it; changes nothing.
///
/// Beside a writer it shows what is there when it comes to it.
package struct LogListing: Sendable {
    /// One file of the log.
    package struct Segment: Sendable, Hashable {
        package let name: String
        package let first: LogPosition
        package let recordCount: Int
        /// Bytes in the file.
        package let size: Int
        /// What follows the valid frames of the last segment; nil if nothing does.
        package let tail: Tail?
    }

    /// Bytes at the end of the last segment that are no valid frame.
    package struct Tail: Sendable, Hashable {
        package let offset: Int
        package let size: Int
        package let reason: DecodingFailure
    }

    /// In the order of positions.
    package let segments: [Segment]
    private let directory: LogDirectory

    /// Reads every header, and the whole of the last segment.
    ///
    /// Throws if a header is damaged, not if frames are: their records are found by `records`.
    package init(of directory: LogDirectory) throws(LogError) {
        self.directory = directory
        let list = try SegmentList(reading: directory)
        var found = zip(list.segments, list.segments.dropFirst()).map { segment, next in
            Segment(
                name: segment.name, first: segment.first,
                recordCount: Int(next.first.rawValue - segment.first.rawValue),
                size: segment.size, tail: nil)
        }
        if let last = list.segments.last {
            var walk = try SegmentWalk(of: last.name, from: last.first, in: directory)
            while try walk.next() != nil {}
            found.append(
                Segment(
                    name: last.name, first: last.first,
                    recordCount: Int(walk.position.rawValue + 1 - last.first.rawValue),
                    size: walk.fileSize, tail: walk.tail))
        }
        segments = found
    }

    /// The records from `position` on, those included that the tables hold already.
    package func records(from position: LogPosition) -> LogRecords {
        let start = segments.lastIndex { $0.first <= position } ?? 0
        return LogRecords(of: segments[start...], from: position, in: directory)
    }
}

/// The records of a log, one after the other, each with its place.
package struct LogRecords {
    /// One record in its place.
    package struct Entry: Sendable, Hashable {
        package let position: LogPosition
        /// The segment's name.
        package let segment: String
        /// Of its frame, in the segment.
        package let offset: Int
        /// Bytes of its frame.
        package let size: Int
        package let payload: [UInt8]
    }

    private let directory: LogDirectory
    private let start: LogPosition
    private var segments: ArraySlice<LogListing.Segment>
    private var walk: SegmentWalk?

    init(
        of segments: ArraySlice<LogListing.Segment>, from start: LogPosition,
        in directory: LogDirectory
    ) {
        self.segments = segments
        self.start = start
        self.directory = directory
    }

    /// The next record; nil at the end, or before a torn tail.
    ///
    /// Damage is an error that names file and offset. A segment that a checkpoint has removed
    /// meanwhile is passed over.
    package mutating func next() throws(LogError) -> Entry? {
        while true {
            if let entry = try walk?.next() {
                if entry.position >= start { return entry }
                continue
            }
            try checkEnd()
            guard let segment = segments.popFirst() else { return nil }
            do throws(LogError) {
                walk = try SegmentWalk(of: segment.name, from: segment.first, in: directory)
            } catch {
                guard case .system(let failure) = error, failure.isAbsence else { throw error }
                walk = nil
            }
        }
    }

    /// What ends a segment other than its end must be a torn tail of the last one.
    private mutating func checkEnd() throws(LogError) {
        guard let tail = walk?.tail else { return }
        let isDamaged = try walk?.isDamaged() ?? false
        guard isDamaged || !segments.isEmpty else { return }
        throw .damaged(
            file: walk?.path ?? directory.path, offset: tail.offset, reason: tail.reason)
    }
}

/// Goes through the frames of one segment, up to its end or one that is not valid.
struct SegmentWalk {
    private let name: String
    private var scanner: SegmentScanner
    /// Where the next frame begins.
    private var offset = SegmentHeader.size
    /// The last record that was passed.
    private(set) var position: LogPosition
    /// What follows the valid frames; nil until it is met.
    private(set) var tail: LogListing.Tail?

    /// Opens a segment, by its name and first position.
    init(
        of name: String, from first: LogPosition, in directory: LogDirectory
    ) throws(LogError) {
        self.name = name
        let file = try systemCall(try directory.store.open(name, forWriting: false))
        scanner = try SegmentScanner(
            file, path: directory.store.path(of: name), identity: directory.identity)
        position = first.previous
    }

    var path: String { scanner.path }

    /// Bytes in the file when it was opened.
    var fileSize: Int { scanner.size }

    mutating func next() throws(LogError) -> LogRecords.Entry? {
        while tail == nil {
            switch try scanner.frame(at: offset, after: position) {
            case .record(let payload, _, let end):
                position = position.next
                defer { offset = end }
                return LogRecords.Entry(
                    position: position, segment: name, offset: offset, size: end - offset,
                    payload: payload)
            case .mark(let end):
                offset = end
            case .end:
                return nil
            case .invalid(let reason):
                tail = LogListing.Tail(
                    offset: offset, size: scanner.size - offset, reason: reason)
            }
        }
        return nil
    }

    /// Whether what follows the valid frames says that more had been durable there.
    mutating func isDamaged() throws(LogError) -> Bool {
        guard tail != nil, try scanner.witness(against: position.next, at: offset) != nil else {
            return false
        }
        // It may have been written while we looked: then it is there now.
        try scanner.refresh()
        guard case .invalid = try scanner.frame(at: offset, after: position) else { return false }
        return true
    }
}
