internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// The live rows of a snapshot that match a filter, chunk after chunk in row order: memory for one
/// chunk, however many they are.
struct RowWalk {
    let snapshot: Snapshot
    let filter: CompiledFilter?
    /// The first row that has not been looked at.
    private var position = 0
    private var mask: [UInt64] = []
    /// Of the amended rows, those that match.
    private var amended = RowSet()

    /// - Parameter start: the first row to look at.
    init(_ snapshot: Snapshot, filter: CompiledFilter?, from start: Int = 0) {
        self.snapshot = snapshot
        self.filter = filter
        position = start
        guard let filter else { return }
        for row in snapshot.amendedRows(matching: filter) { amended.insert(row) }
    }

    /// The rows of the next chunk that has any; nil after the last.
    mutating func next() throws(StorageError) -> [UInt32]? {
        while position < snapshot.delta.end {
            let rows =
                position < snapshot.delta.start ? try nextStored() : nextInDelta()
            if !rows.isEmpty { return rows }
        }
        return nil
    }

    private mutating func nextStored() throws(StorageError) -> [UInt32] {
        let stored = snapshot.stored.rows
        let index = position / RowChunk.rowCount
        let chunk = try stored.rowChunk(index)
        let first = index * RowChunk.rowCount
        let start = position - first
        position = min(first + RowChunk.rowCount, snapshot.delta.start)
        guard chunk.count > 0 else { return [] }
        if let filter, filter.verdict(for: chunk.columns) == .none,
            amended.count(in: first..<position) == 0
        {
            return []
        }
        evaluate(chunk.columns, count: chunk.count)
        return members(first: first, start..<min(chunk.count, position - first))
    }

    private mutating func nextInDelta() -> [UInt32] {
        let place = snapshot.delta.place(UInt32(position))
        let first = position - place.index
        let end = min(DeltaChunk.rowCount, snapshot.delta.end - first)
        place.chunk.withColumns(count: end) { evaluate($0, count: end) }
        position = first + end
        return members(first: first, place.index..<end)
    }

    private mutating func evaluate(_ columns: [ColumnView], count: Int) {
        mask = [UInt64](repeating: .max, count: (count + 63) / 64)
        guard let filter else { return }
        mask.withUnsafeMutableBufferPointer { filter.evaluate(columns, count: count, into: $0) }
    }

    /// The rows of a chunk whose bits are set and that are alive.
    private func members(first: Int, _ indices: Range<Int>) -> [UInt32] {
        let hidden = filter == nil ? snapshot.dead : snapshot.hidden
        return indices.compactMap { index in
            let row = UInt32(first + index)
            if amended.contains(row) { return row }
            guard mask[index >> 6] >> UInt64(index & 63) & 1 == 1 else { return nil }
            return hidden.contains(row) ? nil : row
        }
    }
}
