internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Snapshot {
    private static let deletionsPerOperation = 1 << 16
    private static let vectorSizePerOperation = 1 << 20

    /// Runs `body` with operations that, applied to the tables in their order, give what this
    /// snapshot shows.
    ///
    /// They are not the log's own: that may have been cut by checkpoints, and holds records that
    /// were overwritten since. First the ids of rows in the tables that died, with the keywords
    /// that the tables lack; then the live rows of the delta, in their order.
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
        try delta.forEachChunk { (chunk, first, range) throws(EngineError) in
            for index in range where !dead.contains(UInt32(first + index)) {
                append(chunk, index, to: &operation)
                guard operation.vectors.count >= Self.vectorSizePerOperation else { continue }
                try body(operation)
                operation = Operation(shape: delta.shape)
            }
        }
        if !operation.isEmpty { try body(operation) }
    }

    /// What the tables' dictionary lacks; nothing refers to it but rows of the delta.
    private func newKeywords() throws(EngineError) -> [KeywordDictionary.Entry] {
        let storedCount = try storing { () throws(StorageError) in
            let access = stored.access
            return try access.statistics(access.environment.table(.keywords)).entryCount
        }
        return Array(keywords.entries(from: storedCount))
    }

    private func append(_ chunk: DeltaChunk, _ index: Int, to operation: inout Operation) {
        operation.ids.append(chunk.ids[index])
        operation.vectors.append(contentsOf: chunk.vector(index))
        for (column, cell) in chunk.cells(index).enumerated() {
            operation.columns[column].append(cell)
        }
    }
}
