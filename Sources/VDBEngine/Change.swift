package import VDBFilters

/// One of the changes of a call that mixes them; checked as for a `PutRequest`.
package enum Change: Sendable {
    /// A whole record; over one that is there only if `replaces`.
    case put(ChangedRecord, replaces: Bool)
    /// What is named changes, the rest stays; the record must be there. Where attributes alone
    /// change, neither vector nor payload is touched.
    case update(id: UInt64, vector: [UInt8]?, values: [Int: AttributeValue], PayloadChange)
    /// The record goes, if it is there.
    case delete(id: UInt64)
}

/// A record that a call puts.
package struct ChangedRecord: Sendable {
    package var id: UInt64
    /// In the stored element type.
    package var vector: [UInt8]
    /// One per attribute of the schema.
    package var values: [AttributeValue]
    package var payload: [UInt8]?

    package init(
        id: UInt64, vector: [UInt8], values: [AttributeValue], payload: [UInt8]?
    ) {
        self.id = id
        self.vector = vector
        self.values = values
        self.payload = payload
    }
}

/// What an update does about a record's payload.
package enum PayloadChange: Sendable, Hashable {
    case keep
    case set([UInt8])
    case remove
}

/// What a call of mixed changes did.
package struct ChangeSummary: Sendable, Hashable {
    package var inserted = 0
    package var replaced = 0
    package var updated = 0
    package var deleted = 0
}
