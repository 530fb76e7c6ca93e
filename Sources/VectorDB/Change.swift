internal import VDBEngine
public import VDBFilters

/// One change of a call that makes several at once; see `Database.write`.
public enum Change: Sendable, Hashable {
    /// Adds a record; the call fails with `duplicateID` if the id is there.
    case insert(Record)
    /// Adds a record, or puts it in the place of the one that is there.
    case upsert(Record)
    /// Changes what is named and keeps the rest; the call fails with `notFound` if there is no such
    /// record. `AttributeValue.null` takes an attribute away.
    case update(
        id: UInt64, vector: Vector? = nil, attributes: [String: AttributeValue] = [:],
        payload: PayloadUpdate = .keep)
    /// Deletes a record, if it is there.
    case delete(id: UInt64)
}

/// What an update does about a record's payload.
public enum PayloadUpdate: Sendable, Hashable {
    case keep
    case set([UInt8])
    case remove

    var inner: PayloadChange {
        switch self {
        case .keep: .keep
        case .set(let bytes): .set(bytes)
        case .remove: .remove
        }
    }
}

/// What a call of several changes did, each change counted as it was made.
public struct WriteSummary: Sendable, Hashable {
    /// Records whose id was new.
    public var inserted = 0
    /// Records that took the place of another.
    public var replaced = 0
    /// Records that were updated.
    public var updated = 0
    /// Records that were there, and are not any more.
    public var deleted = 0

    public init() {}

    init(_ inner: ChangeSummary) {
        inserted = inner.inserted
        replaced = inner.replaced
        updated = inner.updated
        deleted = inner.deleted
    }
}
