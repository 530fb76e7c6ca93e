internal import VDBFilters
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// The changes of one call while they are worked out, one after the other: each sees what those
/// before it did.
///
/// An operation in the log names no id twice, so only what is left of each id in the end goes in.
struct ChangeDraft {
    private enum Fate {
        /// The place in `records`.
        case put(Int)
        case deleted
    }

    private let engine: Engine
    private let state: WriterState
    /// What the writing side holds, acknowledged or not.
    private let snapshot: Snapshot
    private var fates: [UInt64: Fate] = [:]
    /// Nil where a later change took the record away.
    private var records: [ChangedRecord?] = []
    private var deletedIDs: [UInt64] = []
    private(set) var summary = ChangeSummary()

    init(_ engine: Engine, _ state: WriterState) {
        self.engine = engine
        self.state = state
        snapshot = Engine.snapshot(of: state, at: state.mark(at: .none))
    }

    mutating func apply(_ change: Change) throws(EngineError) {
        switch change {
        case .put(let record, let replaces):
            let isThere = try exists(record.id)
            guard replaces || !isThere else { throw .duplicateID(record.id) }
            put(record)
            if isThere { summary.replaced += 1 } else { summary.inserted += 1 }
        case .update(let id, let vector, let values, let payload):
            put(try updated(id, vector, values, payload))
            summary.updated += 1
        case .delete(let id):
            guard try exists(id) else { return }
            if case .put(let place) = fates[id] { records[place] = nil }
            fates[id] = .deleted
            deletedIDs.append(id)
            summary.deleted += 1
        }
    }

    /// Fills an operation with what is left in the end.
    func finish(
        into operation: inout Operation, keywords: inout KeywordDictionary
    ) throws(EngineError) {
        // An id is deleted that is still so, once, and that there was before the call.
        var seen = Set<UInt64>()
        for id in deletedIDs where seen.insert(id).inserted {
            guard case .deleted = fates[id], try storedRow(of: id) != nil else { continue }
            operation.deletedIDs.append(id)
        }
        for record in records {
            guard let record else { continue }
            if let payload = record.payload {
                operation.payloads.append((operation.ids.count, payload))
            }
            operation.ids.append(record.id)
            operation.vectors.append(contentsOf: record.vector)
            try operation.appendCells(
                of: record.values, schema: engine.schema, keywords: &keywords)
        }
    }

    private func storedRow(of id: UInt64) throws(EngineError) -> UInt32? {
        try storing { () throws(StorageError) in try state.row(of: id) }
    }

    private func exists(_ id: UInt64) throws(EngineError) -> Bool {
        switch fates[id] {
        case .put: true
        case .deleted: false
        case nil: try storedRow(of: id) != nil
        }
    }

    private mutating func put(_ record: ChangedRecord) {
        if case .put(let place) = fates[record.id] {
            records[place] = record
        } else {
            fates[record.id] = .put(records.count)
            records.append(record)
        }
    }

    private func updated(
        _ id: UInt64, _ vector: [UInt8]?, _ values: [Int: AttributeValue],
        _ payload: PayloadChange
    ) throws(EngineError) -> ChangedRecord {
        var record = try current(id)
        if let vector { record.vector = vector }
        for (index, value) in values { record.values[index] = value }
        switch payload {
        case .keep: break
        case .set(let bytes): record.payload = bytes
        case .remove: record.payload = nil
        }
        return record
    }

    /// The record as the changes before have left it.
    private func current(_ id: UInt64) throws(EngineError) -> ChangedRecord {
        switch fates[id] {
        case .put(let place):
            guard let record = records[place] else { throw .notFound(id) }
            return record
        case .deleted:
            throw .notFound(id)
        case nil:
            guard let row = try storedRow(of: id) else { throw .notFound(id) }
            return ChangedRecord(
                id: id, vector: try snapshot.vector(row),
                values: try engine.values(of: row, in: snapshot),
                payload: try snapshot.payload(row))
        }
    }
}
