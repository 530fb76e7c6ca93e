package import VDBFilters

/// Records to put, in columns, as the public interface hands them in.
package struct PutRequest: Sendable {
    package var ids: [UInt64]
    /// In the stored element type, checked: finite, in range, not zero under cosine.
    package var vectors: [UInt8]
    /// One array per attribute of the schema, each with one value per record or empty (all null).
    package var attributes: [[AttributeValue]]
    /// One per record, or empty: no record has one.
    package var payloads: [[UInt8]?]

    package init(
        ids: [UInt64], vectors: [UInt8], attributes: [[AttributeValue]],
        payloads: [[UInt8]?] = []
    ) {
        self.ids = ids
        self.vectors = vectors
        self.attributes = attributes
        self.payloads = payloads
    }
}

/// What putting does about an id that is there already.
package enum DuplicateRule: Sendable, Hashable {
    case fail
    case skip
    case replace
}

/// How many records a put added, replaced and left out.
package struct PutSummary: Sendable, Hashable {
    package var inserted = 0
    package var replaced = 0
    package var skipped = 0
}
