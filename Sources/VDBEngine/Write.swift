package import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// Records to put, in columns, as the public interface hands them in.
package struct PutRequest: Sendable {
    package var ids: [UInt64]
    /// In the stored element type, checked: finite, in range, not zero under cosine.
    package var vectors: [UInt8]
    /// One array per attribute of the schema, each with one value per record or empty (all null).
    package var attributes: [[AttributeValue]]

    package init(ids: [UInt64], vectors: [UInt8], attributes: [[AttributeValue]]) {
        self.ids = ids
        self.vectors = vectors
        self.attributes = attributes
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

extension Engine {
    /// Bytes of vectors that one call may put: the log record and the transaction that takes it
    /// must stay bounded.
    package static let batchSizeLimit = 256 << 20

    /// Puts all records, or none; returns when they are as durable as the options say.
    package func put(
        _ request: PutRequest, onDuplicate rule: DuplicateRule
    ) throws(EngineError) -> PutSummary {
        try checkShape(request)
        try waitForRoom()
        var summary = PutSummary()
        try commit { (state, operation) throws(EngineError) in
            var chosen: [Int] = []
            chosen.reserveCapacity(request.ids.count)
            var seen = Set<UInt64>(minimumCapacity: request.ids.count)
            for (index, id) in request.ids.enumerated() {
                guard seen.insert(id).inserted else { throw .repeatedID(id) }
                guard try storing({ () throws(StorageError) in try state.row(of: id) }) != nil
                else {
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
            guard state.delta.end + chosen.count < Int(UInt32.max) - 1 else {
                throw .tooManyRows(state.delta.end + chosen.count)
            }
            try gather(chosen, of: request, state: &state, into: &operation)
        }
        return summary
    }

    /// Changes the vector or attributes of one record, whose other fields stay.
    ///
    /// - Parameter attributes: by index into the schema.
    package func update(
        id: UInt64, vector: [UInt8]?, attributes: [Int: AttributeValue]
    ) throws(EngineError) {
        try waitForRoom()
        try commit { (state, operation) throws(EngineError) in
            guard let row = try storing({ () throws(StorageError) in try state.row(of: id) })
            else { throw .notFound(id) }
            let snapshot = Self.snapshot(
                of: state, at: state.mark(at: LogPosition(0)))
            var values = try self.values(of: row, in: snapshot)
            for (index, value) in attributes { values[index] = value }
            let kept: [UInt8]
            if let vector { kept = vector } else { kept = Array(try snapshot.vector(row)) }
            try gather(
                [0],
                of: PutRequest(ids: [id], vectors: kept, attributes: values.map { [$0] }),
                state: &state, into: &operation)
        }
    }

    /// Deletes the records that are there and returns how many were.
    package func delete(_ ids: [UInt64]) throws(EngineError) -> Int {
        var count = 0
        try commit { (state, operation) throws(EngineError) in
            var seen = Set<UInt64>()
            for id in ids where seen.insert(id).inserted {
                if try storing({ () throws(StorageError) in try state.row(of: id) }) != nil {
                    operation.deletedIDs.append(id)
                }
            }
            count = operation.deletedIDs.count
        }
        return count
    }

    /// The attribute values of a row.
    func values(of row: UInt32, in snapshot: Snapshot) throws(EngineError) -> [AttributeValue] {
        let cells = try snapshot.cells(row)
        do throws(DecodingFailure) {
            return try schema.values(of: cells, keywords: snapshot.keywords)
        } catch {
            throw .storage(
                .damaged(table: TableName.rows.rawValue, key: "row \(row)", failure: error))
        }
    }

    /// Builds an operation, logs it, waits until it is durable and makes it visible.
    ///
    /// - Parameter build: fills the operation, or throws and changes nothing.
    private func commit(
        _ build: (inout WriterState, inout Operation) throws(EngineError) -> Void
    ) throws(EngineError) {
        guard let log else { throw .readOnly(path: path) }
        let mark: WriterState.Mark?
        do throws(EngineError) {
            mark = try writer.update { (state) throws(EngineError) -> WriterState.Mark? in
                if let refusal = writeRefusal(state) { throw refusal }
                return try append(to: log, &state, build)
            }
        } catch {
            try settle(leaving: 0)
            throw error
        }
        guard let mark else { return }
        do throws(LogError) {
            try log.sync(through: mark.position)
        } catch {
            try giveUp(error)
            throw .log(error)
        }
        publish(mark)
        try settle(leaving: 1)
    }

    /// Builds an operation, logs and applies it; nil if there is nothing to do.
    private func append(
        to log: LogWriter, _ state: inout WriterState,
        _ build: (inout WriterState, inout Operation) throws(EngineError) -> Void
    ) throws(EngineError) -> WriterState.Mark? {
        var operation = Operation(shape: shape)
        let keywordsBefore = state.keywords
        let position: LogPosition
        do throws(EngineError) {
            try build(&state, &operation)
            if operation.isEmpty { return nil }
            operation.keywords = Array(
                state.keywords.entries(from: keywordsBefore.entryCount))
            position = try logging { () throws(LogError) in
                try log.append(operation.encode())
            }
        } catch {
            state.keywords = keywordsBefore
            noteLogFailure(error, &state)
            throw error
        }
        do throws(EngineError) {
            try state.apply(operation, hasKeywords: true)
        } catch {
            // It is in the log, but this process does not show it: reopening will.
            state.failure = "\(error)"
            throw error
        }
        state.inFlightCount += 1
        return state.mark(at: position)
    }

    /// A full buffer is written by `append`, which may find no room.
    private func noteLogFailure(_ error: EngineError, _ state: inout WriterState) {
        guard case .log(.takenBack) = error else { return }
        state.needsRewind = true
    }

    /// After a failed sync: the log's word decides what remains of the operations under way.
    private func giveUp(_ error: LogError) throws(EngineError) {
        if case .takenBack = error {
            writer.update { $0.needsRewind = true }
        } else {
            poison(.log(error))
        }
        try settle(leaving: 1)
    }

    /// Ends `count` operations; the last one out undoes what the log had no room for.
    private func settle(leaving count: Int) throws(EngineError) {
        try storing { () throws(StorageError) in
            try writer.update { (state) throws(StorageError) in
                state.inFlightCount -= count
                guard state.inFlightCount == 0, state.needsRewind else { return }
                state.needsRewind = false
                try state.rewind(to: snapshot.mark)
                log?.resume()
            }
        }
    }

    /// Checks and codes the chosen records of a request.
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
        guard !schema.attributes.isEmpty else { return }
        for index in chosen {
            let values = request.attributes.map { $0.isEmpty ? .null : $0[index] }
            let cells: [UInt64?]
            do throws(AttributeError) {
                cells = try schema.cells(for: values, keywords: &state.keywords)
            } catch {
                throw .attribute(error)
            }
            for (column, cell) in cells.enumerated() { operation.columns[column].append(cell) }
        }
    }

    private func checkShape(_ request: PutRequest) throws(EngineError) {
        let expected = request.ids.count * shape.vectorSize
        guard request.vectors.count == expected else {
            throw .countMismatch(
                what: "bytes of vectors", expected: expected, found: request.vectors.count)
        }
        guard request.attributes.count == schema.attributes.count else {
            throw .countMismatch(
                what: "attributes", expected: schema.attributes.count,
                found: request.attributes.count)
        }
        for (attribute, values) in zip(schema.attributes, request.attributes) {
            guard values.isEmpty || values.count == request.ids.count else {
                throw .countMismatch(
                    what: "values of attribute \(attribute.name)", expected: request.ids.count,
                    found: values.count)
            }
        }
        guard expected <= Self.batchSizeLimit else {
            throw .batchTooLarge(size: expected, limit: Self.batchSizeLimit)
        }
    }

    /// Back-pressure: a writer that finds the delta far over its limits checkpoints first.
    private func waitForRoom() throws(EngineError) {
        let policy = options.checkpoint
        let rows = policy.rowLimit * policy.backPressureFactor
        let size = policy.sizeLimit * policy.backPressureFactor
        let isFull = writer.read { $0.delta.count >= rows || $0.delta.size >= size }
        guard isFull else { return }
        try checkpoint()
    }
}
