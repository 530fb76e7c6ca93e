internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Snapshot {
    private static let deletionsPerOperation = 1 << 16
    private static let sizePerOperation = 1 << 20
    private static let amendmentsPerOperation = 1 << 14

    /// Runs `body` with operations that, applied to the tables in their order, give what this
    /// snapshot shows.
    ///
    /// They are not the log's own: that may have been cut by checkpoints, and holds records that
    /// were overwritten since. First the ids of rows in the tables that died, with the keywords
    /// that the tables lack; then the live rows of the delta, in their order; then the attributes
    /// of rows in the tables.
    func forEachOperation(
        _ body: (Operation) throws(EngineError) -> Void
    ) throws(EngineError) {
        var operation = Operation(shape: delta.shape)
        operation.keywords = try newKeywords()
        for row in dead.members(notIn: stored.dead) where Int(row) < delta.start {
            operation.deletedIDs.append(try id(row))
            guard operation.deletedIDs.count == Self.deletionsPerOperation else { continue }
            try body(operation)
            operation = Operation(shape: delta.shape)
        }
        let rowLimit = max(1, Self.sizePerOperation / max(1, delta.shape.vectorSize))
        try delta.forEachChunk { (chunk, first, range) throws(EngineError) in
            for lower in stride(from: range.lowerBound, to: range.upperBound, by: rowLimit) {
                let part = lower..<min(lower + rowLimit, range.upperBound)
                append(
                    chunk, first, part.filter { !dead.contains(UInt32(first + $0)) },
                    to: &operation)
                guard operation.size >= Self.sizePerOperation else { continue }
                try body(operation)
                operation = Operation(shape: delta.shape)
            }
        }
        for row in amendedStoredRows {
            operation.amendedIDs.append(try id(row))
            for (column, cell) in try cells(row).enumerated() {
                operation.amendedColumns[column].append(cell)
            }
            guard operation.amendedIDs.count == Self.amendmentsPerOperation else { continue }
            try body(operation)
            operation = Operation(shape: delta.shape)
        }
        if !operation.isEmpty { try body(operation) }
    }

    /// What the tables' dictionary lacks; nothing refers to it but rows of the delta.
    private func newKeywords() throws(EngineError) -> [KeywordDictionary.Entry] {
        let storedCount = try storing { () throws(StorageError) in
            let access = stored.access
            return try access.statistics(access.environment.table(.keywords)).entryCount
        }
        return keywords.entries(from: storedCount)
    }

    private func append(
        _ chunk: DeltaChunk, _ first: Int, _ indices: [Int], to operation: inout Operation
    ) {
        guard let last = indices.last else { return }
        for index in indices {
            if let payload = chunk.payload(index) {
                operation.payloads.append((operation.ids.count, payload))
            }
            operation.ids.append(chunk.ids[index])
            operation.vectors.append(contentsOf: chunk.vector(index))
        }
        chunk.withColumns(count: last + 1) { views in
            for (column, view) in views.enumerated() {
                for index in indices {
                    operation.columns[column].append(
                        cell(column, of: UInt32(first + index), or: view[index]))
                }
            }
        }
    }
}
