public import VDBFilters

/// One inverted list: how large it is, and how well its vectors fit it.
public struct ListSummary: Sendable, Hashable {
    /// As the table `lists` has it; numbers are never used again.
    public let number: UInt32
    /// Entries, dead ones included.
    public let entryCount: Int
    public let liveCount: Int
    public let blockCount: Int
    /// Bytes of its blocks.
    public let size: Int
    /// Mean squared distance of its live vectors to the list's centroid. Nil if it was not asked
    /// for, or nothing lives.
    public let centroidError: Double?
    /// Mean squared distance of its live vectors to what centroid and code together stand for.
    public let quantizationError: Double?
}

/// One block of an inverted list: up to 256 entries in columns, the unit of storage.
public struct ListBlockContents: Sendable {
    /// One entry: what the index keeps of a record.
    public struct Entry: Sendable {
        /// The number of the record's version, in the order of arrival.
        public let row: UInt32
        public let id: UInt64
        /// False if the record was deleted or replaced.
        public let isLive: Bool
        /// One byte for each subspace.
        public let code: [UInt8]
        /// The scale and the offset of the estimated distance.
        public let alpha: Float
        public let beta: Float
        /// The copies beside the code, by which filters are evaluated; null values are left out.
        public let attributes: [String: AttributeValue]
    }

    /// What the block says of one physical column, by which a filter can pass it over unseen.
    public struct Column: Sendable {
        /// The attribute's; a location has two columns, `NAME.lat` and `NAME.lon`.
        public let name: String
        /// Bytes of a cell.
        public let width: Int
        public let nullCount: Int
        /// Of the values that are not null, null if there is none; of a keyword, its code.
        public let minimum: AttributeValue
        public let maximum: AttributeValue
    }

    /// The list that it belongs to, and its place there, from 0.
    public let list: UInt32
    public let index: Int
    /// Of the models that the codes were made with.
    public let generation: UInt32
    /// How codes are stored: `pq4` or `pq8`.
    public let codec: String
    public let subspaceCount: Int
    /// Bytes, with what it is padded with.
    public let size: Int
    public let columns: [Column]
    public let entries: [Entry]
}
