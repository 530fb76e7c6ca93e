internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Salvager {
    /// Bytes of vectors and payloads, and records, that are put at a time.
    private static let batchSize = 8 << 20
    private static let batchCount = 4096

    /// Puts the rows, ascending, into the new database, as calls from outside would.
    mutating func copy(_ live: [UInt32]) throws(EngineError) {
        var batch = PutRequest(ids: [], vectors: [], attributes: [])
        var values: [[AttributeValue]] = []
        var chunk = RowChunkCopy()
        var vectors = VectorChunkCopy()
        var batchSize = 0
        for (index, row) in live.enumerated() {
            guard let id = ids[row] else { continue }
            if chunk.number != Int(row) / RowChunk.rowCount { chunk = try rowChunk(of: row) }
            if vectors.number != Int(row) / vectorChunkRowCount {
                vectors = try vectorChunk(of: row)
            }
            let start = Int(row) % vectorChunkRowCount * shape.vectorSize
            guard start + shape.vectorSize <= vectors.bytes.count else {
                report(
                    Loss(
                        "table vectors, chunk \(vectors.number)", "it cannot be read again",
                        .lost, ids: [id]))
                continue
            }
            let payload = try payload(
                of: row, id: id, isExpected: chunk.hasPayload(Int(row) % RowChunk.rowCount))
            batch.ids.append(id)
            batch.payloads.append(payload)
            batchSize += shape.vectorSize + (payload?.count ?? 0)
            batch.vectors.append(contentsOf: vectors.bytes[start..<start + shape.vectorSize])
            let cells = chunk.cells(Int(row) % RowChunk.rowCount)
            values.append(
                cells.map { keywords.values(of: $0, id: id) } ?? keywords.nulls)
            if batch.ids.count >= Self.batchCount || batchSize >= Self.batchSize {
                observer?("copying records", Double(index) / Double(live.count))
                try put(&batch, &values)
                batchSize = 0
            }
        }
        try put(&batch, &values)
    }

    /// Puts a batch and empties it.
    mutating func put(
        _ batch: inout PutRequest, _ values: inout [[AttributeValue]]
    ) throws(EngineError) {
        guard !batch.ids.isEmpty else { return }
        batch.attributes = schema.attributes.indices.map { index in values.map { $0[index] } }
        _ = try target.put(batch, onDuplicate: .replace)
        batch = PutRequest(ids: [], vectors: [], attributes: [])
        values = []
    }

    /// The payload of a row, or nil if it has none, or has lost it.
    ///
    /// - Parameter isExpected: whether the row's chunk says that it has one; nil if that is lost.
    private mutating func payload(
        of row: UInt32, id: UInt64, isExpected: Bool?
    ) throws(EngineError) -> [UInt8]? {
        guard isExpected ?? true else { return nil }
        let key = Keys.payload(row: row)
        var payload: [UInt8]?
        var reason: String?
        let dictionaries = inventory.dictionaries
        _ = try withValue(
            inventory.payloads[row], kind: ValueKind.payload, versions: Payload.versions,
            key: key
        ) { value throws(DecodingFailure) in
            let body = UnsafeRawBufferPointer(rebasing: value[SealedValue.prologueSize...])
            do throws(DecodingFailure) {
                let number = try Payload.dictionaryNumber(of: body)
                payload = try Payload.decode(body, dictionary: dictionaries[number])
            } catch {
                reason = "\(error)"
            }
        }
        let isLost =
            isExpected == true || reason != nil
            || inventory.hasFailed(kind: ValueKind.payload, key: key)
        if payload == nil && isLost {
            report(
                Loss(
                    "table payloads, row \(row)",
                    reason ?? inventory.reason(kind: ValueKind.payload, key: key),
                    .withoutPayload, ids: [id]))
        }
        return payload
    }

    private func rowChunk(of row: UInt32) throws(EngineError) -> RowChunkCopy {
        let number = Int(row) / RowChunk.rowCount
        var copy = RowChunkCopy(number: number)
        let shape = shape
        try withRowChunk(number) { value throws(DecodingFailure) in
            let chunk = try RowChunk(value, shape: shape)
            copy.count = chunk.count
            copy.payloads = (0..<chunk.count).map { chunk.hasPayload($0) }
            copy.columns = chunk.columns.map { view in
                var column = ColumnBuffer(width: view.width)
                column.append(contentsOf: view)
                return column
            }
        }
        return copy
    }

    private func vectorChunk(of row: UInt32) throws(EngineError) -> VectorChunkCopy {
        let number = Int(row) / vectorChunkRowCount
        var copy = VectorChunkCopy(number: number)
        let shape = shape
        _ = try withValue(
            vectorPlace(number), kind: ValueKind.vectorChunk, versions: VectorChunk.versions,
            key: Keys.chunk(number)
        ) { value throws(DecodingFailure) in
            copy.bytes = try VectorChunk.vectors(
                value, vectorSize: shape.vectorSize, element: shape.element
            ).bytes(shape)
        }
        return copy
    }
}

/// The attributes of a chunk of rows; of none if it is lost.
private struct RowChunkCopy {
    var number = -1
    var count = 0
    var columns: [ColumnBuffer] = []
    var payloads: [Bool] = []

    /// Whether the row at `index` has a payload; nil if nobody knows.
    func hasPayload(_ index: Int) -> Bool? { index < count ? payloads[index] : nil }

    func cells(_ index: Int) -> [UInt64?]? {
        index < count ? columns.map { $0[index] } : nil
    }
}

/// A chunk of vectors; empty if it is lost.
private struct VectorChunkCopy {
    var number = -1
    var bytes: [UInt8] = []
}
