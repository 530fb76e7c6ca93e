internal import VDBPrimitives

/// What a log consists of, for `vdbtool log` and `info`.
package struct LogSummary: Sendable, Hashable {
    /// One file of the log.
    package struct Segment: Sendable, Hashable {
        package let name: String
        /// Bytes in the file.
        package let size: Int
        /// The position of its first record, whether or not there is one yet.
        package let first: LogPosition
        /// Its last record, the one before `first` if it has none.
        package let last: LogPosition

        package var recordCount: Int { Int(last.rawValue + 1 - first.rawValue) }
    }

    /// In the order of positions.
    package let segments: [Segment]
    /// Bytes at the end of the last segment that are no valid frames; opening cuts them off.
    package let tornSize: Int

    /// Reads every header and the whole of the last segment; changes nothing.
    package init(reading directory: LogDirectory) throws(LogError) {
        let list = try SegmentList(reading: directory)
        var summaries = zip(list.segments, list.segments.dropFirst()).map { segment, next in
            Segment(
                name: segment.name, size: segment.size, first: segment.first,
                last: next.first.previous)
        }
        if let last = list.segments.last {
            let file = try systemCall(try directory.store.open(last.name, forWriting: false))
            var scanner = try SegmentScanner(
                file, path: directory.store.path(of: last.name), identity: directory.identity)
            let tail = try scanner.tail(from: last.first)
            summaries.append(
                Segment(
                    name: last.name, size: scanner.size, first: last.first, last: tail.last))
            tornSize = scanner.size - tail.offset
        } else {
            tornSize = 0
        }
        segments = summaries
    }

    /// Bytes in all segments.
    package var size: Int { segments.reduce(0) { $0 + $1.size } }

    /// The last record of the log, `none` if it has no segment.
    package var last: LogPosition { segments.last?.last ?? .none }
}
