internal import VDBPrimitives

/// Hands out the records of a log in order, from a position on; changes nothing.
///
/// For recovery, and for following a log that another process writes: when `next` has returned
/// nil it may be asked again. It reads what is written, synced or not, acknowledged or not.
/// Memory: one record and a window of 256 KiB. Not for several threads at a time.
package struct LogReader: ~Copyable {
    private let directory: LogDirectory
    private let start: LogPosition
    /// Nil until there is a segment.
    private var scanner: SegmentScanner?
    /// Where the next frame begins.
    private var offset = 0
    private var segmentFirst = LogPosition.none
    /// The last record that was passed; those that were not asked for are passed too.
    package private(set) var position = LogPosition.none

    /// Opens the log at the segment that holds the record after `applied`.
    ///
    /// Throws if that segment, or one after it, is missing or not of this database: there is always
    /// a segment.
    package init(
        _ directory: LogDirectory, after applied: LogPosition
    ) throws(LogError) {
        self.directory = directory
        start = applied.next
        // Twice: a writer may have begun a segment and removed the one before while we looked.
        var isThere = try enterFirst()
        if !isThere { isThere = try enterFirst() }
        guard isThere else {
            throw .missingSegment(directory: directory.path, position: start, found: nil)
        }
    }

    /// The next record, or nil at the end of what is there now.
    ///
    /// A torn tail is the end. Damage is an error that names file and offset; the position does
    /// not change, so that asking again gives the same answer.
    package mutating func next() throws(LogError) -> LogRecord? {
        while true {
            switch try frame() {
            case .record(let payload, _, let end):
                offset = end
                position = position.next
                if position >= start { return LogRecord(position: position, payload: payload) }
            case .mark(let end):
                offset = end
            case .end, .invalid:
                guard try lookAgain() else { return nil }
            }
        }
    }

    /// Looks at the file anew: it may have grown, and what was read ahead may have been taken back
    /// and written differently.
    package mutating func refresh() throws(LogError) { try scanner?.refresh() }

    private mutating func frame() throws(LogError) -> SegmentScanner.Frame {
        try scanner?.frame(at: offset, after: position) ?? .end
    }

    /// Whether there is more after all: written meanwhile, or in the next segment.
    private mutating func lookAgain() throws(LogError) -> Bool {
        guard scanner != nil else { return try enterFirst() }
        // First which segments there are, then this one again: when there is a later one, this
        // one was complete.
        let list = try SegmentList(reading: directory)
        let later = list.segments.filter { $0.first > segmentFirst }
        // All that is wanted is further on: this segment was superseded, or removed.
        if let wanted = later.last(where: { $0.first <= start }) {
            try enter(wanted)
            return true
        }
        try scanner?.refresh()
        switch try frame() {
        case .record, .mark:
            return true
        case .end:
            guard let following = later.first else { return false }
            guard following.first == position.next else {
                throw .missingSegment(
                    directory: directory.path, position: position.next, found: following.name)
            }
            try enter(following)
            return true
        case .invalid(let reason):
            return try judge(reason, isLast: later.isEmpty)
        }
    }

    /// Tells a torn tail (false) from damage (throws) and from a frame that was being written
    /// when we looked (true).
    private mutating func judge(
        _ reason: DecodingFailure, isLast: Bool
    ) throws(LogError) -> Bool {
        if isLast {
            guard try scanner?.witness(against: position.next, at: offset) != nil else {
                return false
            }
            // The witness says that the frame had been written before it: now it must be there.
            try scanner?.refresh()
            guard case .invalid = try frame() else { return true }
        }
        throw .damaged(file: scanner?.path ?? directory.path, offset: offset, reason: reason)
    }

    /// Enters the segment that holds `start`; false if there are no segments.
    private mutating func enterFirst() throws(LogError) -> Bool {
        let list = try SegmentList(reading: directory)
        guard let index = try list.checkChain(from: start, in: directory.store) else {
            return false
        }
        try enter(list.segments[index])
        return true
    }

    private mutating func enter(_ segment: Segment) throws(LogError) {
        let file = try systemCall(try directory.store.open(segment.name, forWriting: false))
        scanner = try SegmentScanner(
            file, path: directory.store.path(of: segment.name), identity: directory.identity)
        offset = SegmentHeader.size
        segmentFirst = segment.first
        position = segment.first.previous
    }
}
