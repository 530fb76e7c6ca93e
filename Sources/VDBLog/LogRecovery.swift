package import VDBPrimitives

/// What opening a log for writing found, and did.
package struct LogRecovery: Sendable, Hashable {
    /// A torn tail that was cut off.
    package struct Cut: Sendable, Hashable {
        package let file: String
        /// Where the valid frames end.
        package let offset: Int
        /// Bytes that were cut off.
        package let size: Int
        package let reason: DecodingFailure
    }

    /// The last record of the log.
    package internal(set) var last = LogPosition.none
    package internal(set) var cut: Cut?
    /// A last segment whose creation had not been finished; it was removed.
    package internal(set) var removedSegment: String?
    /// Whether the log ended before the applied position, and was begun anew after it.
    package internal(set) var restarted = false
}

/// A log made ready for writing.
struct OpenedLog {
    var active: ActiveSegment
    /// The segments before the active one.
    var older: [Segment]
    var report: LogRecovery

    /// Checks the log, cuts a torn tail, and makes durable what is there; `Formats/log.md`,
    /// "Opening".
    init(
        _ directory: LogDirectory, after applied: LogPosition
    ) throws(LogError) {
        let store = directory.store
        let list = try SegmentList(reading: directory)
        var report = LogRecovery()

        // 1. Which segments there are.
        if let torn = list.torn {
            guard !list.segments.isEmpty else {
                throw SegmentList.refusal(of: store.path(of: torn.name), torn.reason)
            }
            try systemCall(try store.remove(torn.name))
            report.removedSegment = torn.name
        }
        _ = try list.checkChain(from: applied.next, in: store)
        guard let newest = list.segments.last else {
            throw .missingSegment(directory: store.path, position: applied.next, found: nil)
        }

        // 2. Where the last one ends.
        let file = try systemCall(try store.open(newest.name, forWriting: true))
        let path = store.path(of: newest.name)
        var scanner = try SegmentScanner(file, path: path, identity: directory.identity)
        let tail = try scanner.tail(from: newest.first)
        if let reason = tail.torn {
            try systemCall(try file.truncate(to: tail.offset))
            report.cut = LogRecovery.Cut(
                file: path, offset: tail.offset, size: scanner.size - tail.offset,
                reason: reason)
        }
        report.last = tail.last

        // 3. Only what is durable is built upon. A sync alone would not do: after one that failed
        // the system takes for written what it has lost, and shows it to readers nevertheless.
        try Self.writeAgain(tail.provenOffset..<tail.offset, of: file)
        try systemCall(try file.sync())
        try systemCall(try store.sync())
        active = ActiveSegment(
            file: file, name: newest.name, header: newest.header, size: tail.offset,
            endsWithMark: tail.endsWithMark)
        older = list.segments.dropLast()

        // 4. All that was lost had been applied: go on after it.
        if tail.last < applied {
            active = try directory.begin(after: applied)
            older = []
            for segment in list.segments { try systemCall(try store.remove(segment.name)) }
            try systemCall(try store.sync())
            report.last = applied
            report.restarted = true
        }
        self.report = report
    }

    /// Writes what is there in its own place.
    ///
    /// A file system that needs room even for that may have none: then the sync that follows has
    /// to do, which is wrong only if one had failed before.
    private static func writeAgain(
        _ range: Range<Int>, of file: any LogFile
    ) throws(LogError) {
        let pieceSize = 1 << 20
        for offset in stride(from: range.lowerBound, to: range.upperBound, by: pieceSize) {
            let count = min(pieceSize, range.upperBound - offset)
            do throws(SystemFailure) {
                try file.write(try file.read(count, at: offset), at: offset)
            } catch {
                guard error.isLackOfRoom else { throw .system(error) }
                return
            }
        }
    }
}
