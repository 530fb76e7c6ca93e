public import VDBFilters

/// What a database keeps under one id: a vector and its attributes.
public struct Record: Sendable, Hashable {
    public var id: UInt64
    public var vector: Vector
    /// By name; attributes of the schema that are not named here are null.
    public var attributes: [String: AttributeValue]

    public init(id: UInt64, vector: Vector, attributes: [String: AttributeValue] = [:]) {
        self.id = id
        self.vector = vector
        self.attributes = attributes
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

    public init(
        ids: [UInt64], vectors: Vector, attributes: [String: [AttributeValue]] = [:]
    ) {
        self.ids = ids
        self.vectors = vectors
        self.attributes = attributes
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
