internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Chunks that one transaction removes at most: each frees up to a few hundred pages.
    private static let droppedLimit = 256
    /// Live rows, and bytes of them, that one operation in the log writes anew.
    private static let rewrittenLimit = 2048
    private static let rewrittenSize = 4 << 20

    /// Removes, in one bounded transaction, chunks of vectors and of rows that are all dead.
    ///
    /// - Returns: whether there was anything to do.
    func dropStep() throws(EngineError) -> Bool {
        try exclusively { () throws(EngineError) in
            try storing { () throws(StorageError) in try dropChunks() }
        }
    }

    private func dropChunks() throws(StorageError) -> Bool {
        let stored = snapshot.stored
        let rows = stored.rows
        var keys: [(Table, Key)] = []
        for (name, width, count) in [
            (TableName.vectors, rows.vectorChunkRowCount, rows.vectorChunkCount),
            (.rows, RowChunk.rowCount, rows.rowChunkCount),
        ] {
            for chunk in 0..<count where keys.count < Self.droppedLimit {
                // The last is added to as long as it is not full.
                guard (chunk + 1) * width <= rows.count,
                    stored.dead.containsAll(chunk * width..<(chunk + 1) * width)
                else { continue }
                let isMissing =
                    name == .vectors
                    ? rows.isVectorChunkMissing(chunk) : rows.isRowChunkMissing(chunk)
                if !isMissing { keys.append((environment.table(name), Keys.chunk(chunk))) }
            }
        }
        keys += goneSegments
        guard !keys.isEmpty else { return false }
        let transaction = try environment.beginWrite()
        for (table, key) in keys { try transaction.remove(table, key) }
        if let models = stored.models {
            let vectors = environment.table(.vectors)
            try noteDrift(
                of: models, stored.manifest,
                missingRowCount: rows.missingRowCount
                    + keys.count { $0.0.name == vectors.name } * rows.vectorChunkRowCount,
                transaction)
        }
        try transaction.commit()
        try adoptStored(
            try StoredState(
                environment: environment, shape: shape, earlier: stored, changedLists: []))
        notify(.droppedChunks(keys.count))
        return true
    }

    /// The segments of the index of attributes none of whose rows is there any more; the last is
    /// added to.
    private var goneSegments: [(Table, Key)] {
        let stored = snapshot.stored
        let attributes = stored.attributes
        var keys: [(Table, Key)] = []
        for segment in 0..<max(attributes.segmentCount - 1, 0)
        where AttributeSegment.chunks(of: segment).allSatisfy(stored.rows.isRowChunkMissing) {
            for attribute in shape.indexes.indices
            where !attributes.isMissing(attribute: attribute, segment) {
                keys.append(
                    (environment.table(.attributes), Keys.segment(attribute: attribute, segment)))
            }
        }
        return keys
    }

    /// Writes the live rows of some sparse chunks anew, so that the chunks can go: as if somebody
    /// had updated the records with what they are.
    ///
    /// They take the way of every write, through the log: readers, recovery and all that is kept
    /// by row follow as they do then. A record that is changed meanwhile is left alone.
    ///
    /// - Returns: whether there was anything to do.
    func rewriteStep(_ policy: ReclaimPolicy) throws(EngineError) -> Bool {
        let rows = sparseRows(policy)
        guard !rows.isEmpty else { return false }
        var count = 0
        try commit { (state, operation) throws(EngineError) in
            operation = Operation(shape: shape)
            let view = Engine.snapshot(of: state, at: state.mark(at: .none))
            for row in rows {
                guard Int(row) < state.stored.rows.count, !state.dead.contains(row) else {
                    continue
                }
                if let payload = try view.payload(row) {
                    operation.payloads.append((operation.ids.count, payload))
                }
                operation.ids.append(try view.id(row))
                operation.vectors.append(contentsOf: try view.vector(row))
                for (column, cell) in try view.cells(row).enumerated() {
                    operation.columns[column].append(cell)
                }
            }
            count = operation.ids.count
            try checkRowCount(count, after: state)
        }
        notify(.rewroteRecords(count))
        return true
    }

    /// Live rows of the chunks of vectors of which most is dead, at most so many.
    private func sparseRows(_ policy: ReclaimPolicy) -> [UInt32] {
        let snapshot = snapshot
        let rows = snapshot.stored.rows
        let width = rows.vectorChunkRowCount
        let limit = min(
            Self.rewrittenLimit, max(1, Self.rewrittenSize / max(shape.vectorSize, 1)))
        var found: [UInt32] = []
        for chunk in 0..<rows.count / width {
            let range = chunk * width..<(chunk + 1) * width
            let deadCount = snapshot.dead.count(in: range)
            guard deadCount < width, !rows.isVectorChunkMissing(chunk),
                Double(deadCount) >= policy.chunkShare * Double(width)
            else { continue }
            for row in range where !snapshot.dead.contains(UInt32(row)) {
                found.append(UInt32(row))
                if found.count == limit { return found }
            }
        }
        return found
    }
}
