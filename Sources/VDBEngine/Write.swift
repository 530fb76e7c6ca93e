internal import VDBIndex
internal import VDBPrimitives

extension Engine {
    /// Bytes of vectors and payloads that one call may write: its log record and the transaction
    /// that takes it must stay bounded.
    package static let batchSizeLimit = Payload.sizeLimit
    /// Records that one call may write, for the same reason.
    package static let batchCountLimit = 1 << 20

    /// Makes all changes, in their order, or none; returns when they are as durable as the options
    /// say.
    package func write(_ changes: [Change]) throws(EngineError) -> ChangeSummary {
        try checkBatch(count: changes.count, size: changes.reduce(0) { $0 + $1.size })
        var summary = ChangeSummary()
        try commit { (state, operation) throws(EngineError) in
            try checkRowCount(changes.count, after: state)
            var draft = ChangeDraft(self, state)
            for change in changes { try draft.apply(change) }
            try draft.finish(into: &operation, state: &state)
            summary = draft.summary
        }
        return summary
    }

    func checkBatch(count: Int, size: Int) throws(EngineError) {
        guard size <= Self.batchSizeLimit else {
            throw .batchTooLarge(what: "bytes", count: size, limit: Self.batchSizeLimit)
        }
        guard count <= Self.batchCountLimit else {
            throw .batchTooLarge(what: "records", count: count, limit: Self.batchCountLimit)
        }
    }

    /// Rows are numbered with 32 bits, the last of which mean "none".
    static let rowCountLimit = Int(UInt32.max) - 1

    func checkRowCount(_ count: Int, after state: WriterState) throws(EngineError) {
        guard state.delta.end + count < Self.rowCountLimit else {
            throw .tooManyRows(state.delta.end + count)
        }
    }
}

extension Change {
    /// Bytes of vector and payload.
    fileprivate var size: Int {
        switch self {
        case .put(let record, _): record.vector.count + (record.payload?.count ?? 0)
        case .update(_, let vector, _, .set(let payload)): (vector?.count ?? 0) + payload.count
        case .update(_, let vector, _, _): vector?.count ?? 0
        case .delete: 0
        }
    }
}
