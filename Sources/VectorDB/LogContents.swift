internal import VDBEngine
internal import VDBLog
internal import VDBPrimitives

/// What is in the write-ahead log of a database: for looking inside, and for finding out what
/// happened.
///
/// Reads beside the process that writes and changes nothing; shows records in which the tables have
/// caught up too, as long as their segment is there.
public struct LogContents: Sendable {
    /// One file of the log.
    public struct Segment: Sendable, Hashable {
        public let name: String
        /// The position of its first record, whether or not there is one yet.
        public let firstPosition: UInt64
        public let recordCount: Int
        /// Bytes in the file.
        public let size: Int
        /// Bytes at its end that are no valid record, as a crash leaves them; the next opening to
        /// write cuts them off.
        public let tornSize: Int
        /// Why they are none; empty if there are none.
        public let tornReason: String
    }

    /// One record: what one call has changed.
    public struct Record: Sendable, Hashable {
        public let position: UInt64
        /// The segment's name.
        public let segment: String
        /// Bytes from the segment's beginning.
        public let offset: Int
        /// Bytes that it takes in the segment.
        public let size: Int
        public let deletionCount: Int
        public let putCount: Int
        /// Records whose attributes alone it changed.
        public let amendmentCount: Int
        public let newKeywordCount: Int
        /// Ids of the first few records deleted, put or amended, in this order.
        public let firstIDs: [UInt64]
    }

    /// The last record whose effect the tables hold.
    public let appliedPosition: UInt64
    /// In the order of positions.
    public let segments: [Segment]
    private let path: String
    private let inspection: LogInspection

    /// Looks at the log of the database in the directory `path`, which this process must not have
    /// open.
    public init(ofDatabaseAt path: String) throws(VectorDBError) {
        self.path = path
        let inspection = try explaining("read the log of \(path)") { () throws(EngineError) in
            try LogInspection(path: path)
        }
        self.inspection = inspection
        appliedPosition = inspection.applied.rawValue
        segments = inspection.listing.segments.map { segment in
            Segment(
                name: segment.name, firstPosition: segment.first.rawValue,
                recordCount: segment.recordCount, size: segment.size,
                tornSize: segment.tail?.size ?? 0,
                tornReason: segment.tail?.reason.description ?? "")
        }
    }

    /// Runs `body` with the records from `position` on, until it returns false.
    ///
    /// A torn tail is the end; damage is an error that names file and offset.
    public func forEachRecord(
        from position: UInt64 = 1, _ body: (Record) -> Bool
    ) throws(VectorDBError) {
        try explaining("read the log of \(path)") { () throws(EngineError) in
            var records = inspection.listing.records(from: LogPosition(position))
            while let entry = try next(&records) {
                let operation = try inspection.operation(of: entry)
                let ids =
                    operation.deletedIDs.prefix(5) + operation.ids.prefix(5)
                    + operation.amendedIDs.prefix(5)
                let record = Record(
                    position: entry.position.rawValue, segment: entry.segment,
                    offset: entry.offset, size: entry.size,
                    deletionCount: operation.deletedIDs.count, putCount: operation.ids.count,
                    amendmentCount: operation.amendedIDs.count,
                    newKeywordCount: operation.keywords.count, firstIDs: Array(ids.prefix(5)))
                guard body(record) else { return }
            }
        }
    }

    private func next(
        _ records: inout LogRecords
    ) throws(EngineError) -> LogRecords.Entry? {
        do throws(LogError) {
            return try records.next()
        } catch {
            throw .log(error)
        }
    }
}
