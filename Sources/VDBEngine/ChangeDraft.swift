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
        /// The place in `amended`.
        case amended(Int)
        case deleted
    }

    private let engine: Engine
    private let state: WriterState
    /// What the writing side holds, acknowledged or not.
    private let snapshot: Snapshot
    private var fates: [UInt64: Fate] = [:]
    /// Nil where a later change took the record away.
    private var records: [ChangedRecord?] = []
    /// Records whose attributes alone change; nil where a later change did more.
    private var amended: [(id: UInt64, values: [AttributeValue])?] = []
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
        case .update(let id, nil, let values, .keep):
            try amend(id, values)
            summary.updated += 1
        case .update(let id, let vector, let values, let payload):
            put(try updated(id, vector, values, payload))
            summary.updated += 1
        case .delete(let id):
            guard try exists(id) else { return }
            withdraw(id)
            fates[id] = .deleted
            deletedIDs.append(id)
            summary.deleted += 1
        }
    }

    /// Fills an operation with what is left in the end.
    func finish(
        into operation: inout Operation, state: inout WriterState
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
                of: record.values, schema: engine.schema, state: &state)
        }
        for change in amended {
            guard let change else { continue }
            operation.amendedIDs.append(change.id)
            try operation.appendAmendedCells(
                of: change.values, schema: engine.schema, state: &state)
        }
    }

    /// Takes back what changes before have made of a record.
    private mutating func withdraw(_ id: UInt64) {
        switch fates[id] {
        case .put(let place): records[place] = nil
        case .amended(let place): amended[place] = nil
        case .deleted, nil: break
        }
    }

    private func storedRow(of id: UInt64) throws(EngineError) -> UInt32? {
        try storing { () throws(StorageError) in try state.row(of: id) }
    }

    private func exists(_ id: UInt64) throws(EngineError) -> Bool {
        switch fates[id] {
        case .put, .amended: true
        case .deleted: false
        case nil: try storedRow(of: id) != nil
        }
    }

    private mutating func put(_ record: ChangedRecord) {
        if case .put(let place) = fates[record.id] {
            records[place] = record
        } else {
            withdraw(record.id)
            fates[record.id] = .put(records.count)
            records.append(record)
        }
    }

    /// Changes attributes of a record, and nothing else.
    private mutating func amend(
        _ id: UInt64, _ changes: [Int: AttributeValue]
    ) throws(EngineError) {
        switch fates[id] {
        case .put(let place):
            for (index, value) in changes { records[place]?.values[index] = value }
        case .amended(let place):
            for (index, value) in changes { amended[place]?.values[index] = value }
        case .deleted:
            throw .notFound(id)
        case nil:
            guard let row = try storedRow(of: id) else { throw .notFound(id) }
            guard !changes.isEmpty else { return }
            var values = try engine.values(of: row, in: snapshot)
            for (index, value) in changes { values[index] = value }
            fates[id] = .amended(amended.count)
            amended.append((id, values))
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
        case .amended(let place):
            var record = try storedRecord(id)
            if let values = amended[place]?.values { record.values = values }
            return record
        case nil:
            return try storedRecord(id)
        }
    }

    private func storedRecord(_ id: UInt64) throws(EngineError) -> ChangedRecord {
        guard let row = try storedRow(of: id) else { throw .notFound(id) }
        return ChangedRecord(
            id: id, vector: try snapshot.vector(row),
            values: try engine.values(of: row, in: snapshot), payload: try snapshot.payload(row))
    }
}
