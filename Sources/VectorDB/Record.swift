public import VDBFilters

/// What a database keeps under one id: a vector, its attributes, and bytes of the user's own.
public struct Record: Sendable, Hashable {
    public var id: UInt64
    public var vector: Vector
    /// By name; attributes of the schema that are not named here are null.
    public var attributes: [String: AttributeValue]
    /// Bytes that the database keeps and does not look into, compressed where that pays; nil for
    /// none, which is not the same as no bytes.
    public var payload: [UInt8]?

    public init(
        id: UInt64, vector: Vector, attributes: [String: AttributeValue] = [:],
        payload: [UInt8]? = nil
    ) {
        self.id = id
        self.vector = vector
        self.attributes = attributes
        self.payload = payload
    }
}

/// Many records in columns: the fast way in for imports.
public struct Batch: Sendable, Hashable {
    /// One per record, each only once.
    public var ids: [UInt64]
    /// `ids.count × dimension` components, record after record.
    public var vectors: Vector
    /// By name: one value per record; attributes that are not named here are null.
    public var attributes: [String: [AttributeValue]]
    /// One per record, or empty if no record has one.
    public var payloads: [[UInt8]?]

    public init(
        ids: [UInt64], vectors: Vector, attributes: [String: [AttributeValue]] = [:],
        payloads: [[UInt8]?] = []
    ) {
        self.ids = ids
        self.vectors = vectors
        self.attributes = attributes
        self.payloads = payloads
    }
}

/// What inserting does about an id that is there already.
public enum DuplicatePolicy: Sendable, Hashable {
    /// The whole call fails with `duplicateID` and changes nothing.
    case fail
    /// The record that is there stays.
    case skip
    /// The new record takes the old one's place.
    case replace
}

/// What a call to insert did.
public struct InsertSummary: Sendable, Hashable {
    /// Records whose id was new.
    public var inserted = 0
    /// Records that took the place of another.
    public var replaced = 0
    /// Records left out because their id was there.
    public var skipped = 0

    public init() {}
}
