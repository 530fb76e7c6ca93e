internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Puts all records, or none; returns when they are as durable as the options say.
    package func put(
        _ request: PutRequest, onDuplicate rule: DuplicateRule
    ) throws(EngineError) -> PutSummary {
        try checkShape(request)
        var summary = PutSummary()
        try commit { (state, operation) throws(EngineError) in
            summary = PutSummary()
            let chosen = try choose(from: request, rule, state, &summary)
            try checkRowCount(chosen.count, after: state)
            try gather(chosen, of: request, state: &state, into: &operation)
        }
        return summary
    }

    /// The indices of the records that go in, by what is there already.
    private func choose(
        from request: PutRequest, _ rule: DuplicateRule, _ state: WriterState,
        _ summary: inout PutSummary
    ) throws(EngineError) -> [Int] {
        var chosen: [Int] = []
        chosen.reserveCapacity(request.ids.count)
        var seen = Set<UInt64>(minimumCapacity: request.ids.count)
        for (index, id) in request.ids.enumerated() {
            guard seen.insert(id).inserted else { throw .repeatedID(id) }
            guard try storing({ () throws(StorageError) in try state.row(of: id) }) != nil else {
                chosen.append(index)
                summary.inserted += 1
                continue
            }
            switch rule {
            case .fail: throw .duplicateID(id)
            case .skip: summary.skipped += 1
            case .replace:
                chosen.append(index)
                summary.replaced += 1
            }
        }
        return chosen
    }

    /// Codes the chosen records of a request.
    private func gather(
        _ chosen: [Int], of request: PutRequest, state: inout WriterState,
        into operation: inout Operation
    ) throws(EngineError) {
        let vectorSize = shape.vectorSize
        if chosen.count == request.ids.count {
            operation.ids = request.ids
            operation.vectors = request.vectors
        } else {
            for index in chosen {
                operation.ids.append(request.ids[index])
                operation.vectors.append(
                    contentsOf: request.vectors[index * vectorSize..<(index + 1) * vectorSize])
            }
        }
        if !request.payloads.isEmpty {
            for (place, index) in chosen.enumerated() {
                guard let payload = request.payloads[index] else { continue }
                operation.payloads.append((place, payload))
            }
        }
        guard !schema.attributes.isEmpty else { return }
        for index in chosen {
            let values = request.attributes.map { $0.isEmpty ? .null : $0[index] }
            try operation.appendCells(of: values, schema: schema, state: &state)
        }
    }

    private func checkShape(_ request: PutRequest) throws(EngineError) {
        let count = request.ids.count
        try checkCount(
            "bytes of vectors", expected: count * shape.vectorSize, found: request.vectors.count)
        try checkCount(
            "attributes", expected: schema.attributes.count, found: request.attributes.count)
        for (attribute, values) in zip(schema.attributes, request.attributes)
        where !values.isEmpty {
            try checkCount(
                "values of attribute \(attribute.name)", expected: count, found: values.count)
        }
        if !request.payloads.isEmpty {
            try checkCount("payloads", expected: count, found: request.payloads.count)
        }
        let payloadSize = request.payloads.reduce(0) { $0 + ($1?.count ?? 0) }
        try checkBatch(count: count, size: request.vectors.count + payloadSize)
    }

    private func checkCount(
        _ what: String, expected: Int, found: Int
    ) throws(EngineError) {
        guard found == expected else {
            throw .countMismatch(what: what, expected: expected, found: found)
        }
    }
}

extension Operation {
    /// Adds the cells of one record; keywords that are new get their codes.
    mutating func appendCells(
        of values: [AttributeValue], schema: Schema, state: inout WriterState
    ) throws(EngineError) {
        let cells = try Self.cells(of: values, schema, &state)
        for (column, cell) in cells.enumerated() { columns[column].append(cell) }
    }

    /// The same for a record whose attributes alone change.
    mutating func appendAmendedCells(
        of values: [AttributeValue], schema: Schema, state: inout WriterState
    ) throws(EngineError) {
        let cells = try Self.cells(of: values, schema, &state)
        for (column, cell) in cells.enumerated() { amendedColumns[column].append(cell) }
    }

    private static func cells(
        of values: [AttributeValue], _ schema: Schema, _ state: inout WriterState
    ) throws(EngineError) -> [UInt64?] {
        do throws(AttributeError) {
            try schema.check(values)
        } catch {
            throw .attribute(error)
        }
        do throws(StorageError) {
            return try schema.cells(forChecked: values) {
                (text, attributeIndex) throws(StorageError) in
                try state.intern(text, attributeIndex: attributeIndex)
            }
        } catch {
            throw .storage(error)
        }
    }
}
