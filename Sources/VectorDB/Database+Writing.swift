internal import VDBEngine
public import VDBFilters

extension Database {
    /// Adds one record; throws `duplicateID` if the id is there already.
    ///
    /// Many records go in much faster by one call than one by one.
    public func insert(_ record: Record) throws(VectorDBError) {
        try insert([record])
    }

    /// Adds all records, or none.
    @discardableResult
    public func insert(
        _ records: [Record], onDuplicate policy: DuplicatePolicy = .fail
    ) throws(VectorDBError) -> InsertSummary {
        try explaining("insert \(records.count) records") { () throws(EngineError) in
            let indices = try attributeIndices(records.lazy.flatMap(\.attributes.keys))
            var vectors: [UInt8] = []
            vectors.reserveCapacity(records.count * schema.shape.vectorSize)
            var attributes = schema.attributes.map { _ in
                [AttributeValue](repeating: .null, count: records.count)
            }
            for (position, record) in records.enumerated() {
                try VectorCoding.append(
                    record.vector, id: record.id, schema: schema, to: &vectors)
                for (name, value) in record.attributes {
                    if let index = indices[name] { attributes[index][position] = value }
                }
            }
            return InsertSummary(
                try engine.put(
                    PutRequest(
                        ids: records.map(\.id), vectors: vectors, attributes: attributes,
                        payloads: records.contains { $0.payload != nil }
                            ? records.map(\.payload) : []),
                    onDuplicate: policy.rule))
        }
    }

    /// Adds all records of a batch, or none.
    @discardableResult
    public func insert(
        _ batch: Batch, onDuplicate policy: DuplicatePolicy = .fail
    ) throws(VectorDBError) -> InsertSummary {
        try explaining("insert a batch of \(batch.ids.count) records") {
            () throws(EngineError) in
            let indices = try attributeIndices(batch.attributes.keys)
            var attributes = [[AttributeValue]](repeating: [], count: schema.attributes.count)
            for (name, values) in batch.attributes {
                if let index = indices[name] { attributes[index] = values }
            }
            let vectors = try VectorCoding.matrix(batch.vectors, ids: batch.ids, schema: schema)
            return InsertSummary(
                try engine.put(
                    PutRequest(
                        ids: batch.ids, vectors: vectors, attributes: attributes,
                        payloads: batch.payloads),
                    onDuplicate: policy.rule))
        }
    }

    /// Changes what is named and keeps the rest; throws `notFound` if there is no such record.
    /// `AttributeValue.null` takes an attribute away.
    ///
    /// Where attributes alone change, neither vector nor payload is written again.
    public func update(
        id: UInt64, vector: Vector? = nil, attributes: [String: AttributeValue] = [:],
        payload: PayloadUpdate = .keep
    ) throws(VectorDBError) {
        try explaining("update record \(id)") { () throws(EngineError) in
            let change = try coded(
                .update(id: id, vector: vector, attributes: attributes, payload: payload))
            _ = try engine.write([change])
        }
    }

    /// Deletes the records with these ids, all at once.
    ///
    /// - Returns: how many of them were there.
    @discardableResult
    public func delete(_ ids: [UInt64]) throws(VectorDBError) -> Int {
        try explaining("delete \(ids.count) records") { () throws(EngineError) in
            try engine.write(ids.map { .delete(id: $0) }).deleted
        }
    }

    /// Makes all changes, or none.
    ///
    /// They are made in their order, each on what those before it have left: a record may be
    /// inserted, updated and deleted in one call.
    @discardableResult
    public func write(_ changes: [Change]) throws(VectorDBError) -> WriteSummary {
        try explaining("make \(changes.count) changes") { () throws(EngineError) in
            var inner: [VDBEngine.Change] = []
            inner.reserveCapacity(changes.count)
            for change in changes { inner.append(try coded(change)) }
            return WriteSummary(try engine.write(inner))
        }
    }

    /// A change with its vector and attributes checked and coded.
    private func coded(_ change: Change) throws(EngineError) -> VDBEngine.Change {
        switch change {
        case .insert(let record): return .put(try coded(record), replaces: false)
        case .upsert(let record): return .put(try coded(record), replaces: true)
        case .update(let id, let vector, let attributes, let payload):
            let indices = try attributeIndices(attributes.keys)
            var values: [Int: AttributeValue] = [:]
            for (name, value) in attributes {
                if let index = indices[name] { values[index] = value }
            }
            return .update(
                id: id,
                vector: try vector.map { (vector) throws(EngineError) in
                    try coded(vector, of: id)
                }, values: values, payload.inner)
        case .delete(let id): return .delete(id: id)
        }
    }

    private func coded(_ record: Record) throws(EngineError) -> ChangedRecord {
        let indices = try attributeIndices(record.attributes.keys)
        var values = [AttributeValue](repeating: .null, count: schema.attributes.count)
        for (name, value) in record.attributes {
            if let index = indices[name] { values[index] = value }
        }
        return ChangedRecord(
            id: record.id, vector: try coded(record.vector, of: record.id), values: values,
            payload: record.payload)
    }

    private func coded(_ vector: Vector, of id: UInt64) throws(EngineError) -> [UInt8] {
        var bytes: [UInt8] = []
        try VectorCoding.append(vector, id: id, schema: schema, to: &bytes)
        return bytes
    }

    /// The schema's index of each attribute name.
    private func attributeIndices(
        _ names: some Sequence<String>
    ) throws(EngineError) -> [String: Int] {
        var indices: [String: Int] = [:]
        for name in names where indices[name] == nil {
            guard let index = schema.attributes.firstIndex(where: { $0.name == name }) else {
                throw .unknownAttribute(name: name, known: schema.attributes.map(\.name))
            }
            indices[name] = index
        }
        return indices
    }
}

extension DuplicatePolicy {
    var rule: DuplicateRule {
        switch self {
        case .fail: .fail
        case .skip: .skip
        case .replace: .replace
        }
    }
}

extension InsertSummary {
    init(_ summary: PutSummary) {
        inserted = summary.inserted
        replaced = summary.replaced
        skipped = summary.skipped
    }
}
