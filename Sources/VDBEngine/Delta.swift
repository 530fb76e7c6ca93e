internal import VDBPrimitives

/// Consecutive rows that are not yet in the tables, in chunks.
struct Delta: Sendable {
    /// The first row of the first chunk.
    private(set) var chunkStart: Int
    /// Rows below this are in the tables already, though their chunk is still here.
    private(set) var start: Int
    private(set) var end: Int
    private(set) var chunks: [DeltaChunk] = []
    /// Payloads, and their bytes; in a snapshot also those of rows that it does not see.
    private(set) var payloadCount = 0
    private var payloadSize = 0
    let shape: RecordShape

    init(start: Int, shape: RecordShape) {
        chunkStart = start
        self.start = start
        end = start
        self.shape = shape
    }

    var count: Int { end - start }
    /// Bytes of vectors and payloads.
    var size: Int { count * shape.vectorSize + payloadSize }

    /// Adds a row at the end.
    mutating func append(
        id: UInt64, vector: UnsafeRawBufferPointer, cells: [UInt64?], payload: [UInt8]?
    ) {
        let offset = end - chunkStart
        if offset / DeltaChunk.rowCount == chunks.count { chunks.append(DeltaChunk(shape: shape)) }
        chunks[offset / DeltaChunk.rowCount].set(
            index: offset % DeltaChunk.rowCount, id: id, vector: vector, cells: cells,
            payload: payload)
        if let payload {
            payloadCount += 1
            payloadSize += payload.count
        }
        end += 1
    }

    /// Forgets the rows below `row`, which the tables hold now.
    mutating func removeRows(below row: Int) {
        guard row > start else { return }
        forgetPayloads(of: start..<min(row, end))
        let whole = min((row - chunkStart) / DeltaChunk.rowCount, chunks.count)
        chunks.removeFirst(whole)
        chunkStart += whole * DeltaChunk.rowCount
        start = row
        if chunks.isEmpty { chunkStart = row }
    }

    /// Forgets the rows from `row` on, as if they had never been appended.
    mutating func removeRows(from row: Int) {
        guard row < end else { return }
        forgetPayloads(of: max(row, start)..<end)
        self = prefix(upTo: row)
    }

    private mutating func forgetPayloads(of rows: Range<Int>) {
        guard payloadCount > 0 else { return }
        for row in rows {
            let place = place(UInt32(row))
            guard let payload = place.chunk.payload(place.index) else { continue }
            payloadCount -= 1
            payloadSize -= payload.count
        }
    }

    /// The same rows up to `row`: what a snapshot sees.
    func prefix(upTo row: Int) -> Delta {
        var result = self
        result.end = min(row, end)
        let needed = (result.end - chunkStart + DeltaChunk.rowCount - 1) / DeltaChunk.rowCount
        result.chunks = Array(chunks.prefix(max(needed, 0)))
        return result
    }

    /// The chunk and index of a row, which must be in the delta.
    func place(_ row: UInt32) -> (chunk: DeltaChunk, index: Int) {
        precondition(Int(row) >= start && Int(row) < end, "row \(row) in delta \(start)..<\(end)")
        let offset = Int(row) - chunkStart
        return (chunks[offset / DeltaChunk.rowCount], offset % DeltaChunk.rowCount)
    }

    /// Runs `body` for each chunk with its first row and the indices that belong to the delta.
    func forEachChunk<Failure: Error>(
        _ body: (DeltaChunk, Int, Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        for (index, chunk) in chunks.enumerated() {
            let first = chunkStart + index * DeltaChunk.rowCount
            let lower = max(start - first, 0)
            let upper = min(end - first, DeltaChunk.rowCount)
            if lower < upper { try body(chunk, first, lower..<upper) }
        }
    }
}
