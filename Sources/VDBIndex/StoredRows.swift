package import VDBPrimitives
internal import VDBQuantizers
package import VDBStorage

/// The rows in the tables as a snapshot sees them: vectors, ids and attribute cells by row.
///
/// Safe to use from any number of threads while the snapshot's transaction lives.
package final class StoredRows: Sendable {
    package let shape: RecordShape
    /// Rows 0 ..< count are in the tables.
    package let count: Int
    private let vectors: StripedVectors
    private let rows: ResolvedValues
    /// Rows per chunk of vectors: the runs in which `vectors(ofChunk:)` gives them.
    package let vectorChunkRowCount: Int
    private let columns: ColumnPlaces

    /// Walks both tables.
    ///
    /// - Parameters:
    ///   - dead: the dead rows; a chunk may be missing if all its rows are among them.
    ///   - earlier: the snapshot before, still alive.
    package init(
        manifest: Manifest, shape: RecordShape, dead: RowSet = RowSet(), earlier: StoredRows?,
        _ access: Access
    ) throws(StorageError) {
        self.shape = shape
        count = Int(manifest.rowCount)
        vectorChunkRowCount = Int(manifest.vectorChunkRowCount)
        let chunks = try Self.resolve(
            .vectors, kind: ValueKind.vectorChunk, versions: VectorChunk.versions,
            chunkRowCount: vectorChunkRowCount, rowCount: count,
            // Float32 may be stored in bytes.
            rowSize: shape.element == .float32 ? shape.dimension : shape.vectorSize, dead: dead,
            earlier: earlier?.vectors.chunks, access)
        vectors = StripedVectors(
            chunks, shape: shape, count: count,
            chunkShift: vectorChunkRowCount.trailingZeroBitCount, earlier: earlier?.vectors)
        rows = try Self.resolve(
            .rows, kind: ValueKind.rowChunk,
            versions: RowChunk.versions,
            chunkRowCount: RowChunk.rowCount, rowCount: count, rowSize: 8, dead: dead,
            earlier: earlier?.rows, access)
        columns = ColumnPlaces(chunkCount: rows.count, columnCount: shape.columns.count)
    }

    /// The chunks of vectors, those that are missing included.
    package var vectorChunkCount: Int { vectors.chunks.count }

    /// Whether a chunk of vectors is missing, all its rows being dead.
    package func isVectorChunkMissing(_ chunk: Int) -> Bool { vectors.chunks.isMissing(chunk) }

    /// Dead rows whose vectors are gone.
    package var missingRowCount: Int {
        (0..<vectorChunkCount).count { isVectorChunkMissing($0) } * vectorChunkRowCount
    }

    /// Whether a chunk of ids and attributes is missing, all its rows being dead.
    package func isRowChunkMissing(_ chunk: Int) -> Bool { rows.isMissing(chunk) }

    /// The vector of a row, in place.
    package func vector(_ row: UInt32) throws(StorageError) -> StoredVector {
        try vectors.vector(row)
    }

    /// Where the vectors of some rows begin, as far as these are stored alike; quicker where rows
    /// of one chunk follow each other.
    ///
    /// - Parameters:
    ///   - rows: `count` of them, at least one.
    ///   - starts: room for as many.
    /// - Returns: how many were found, and what they are stored in: the next, if there is one, is
    ///   stored in something else.
    package func findVectors(
        ofRows rows: UnsafePointer<UInt32>, count: Int,
        into starts: UnsafeMutablePointer<UnsafeRawPointer?>
    ) throws(StorageError) -> (count: Int, element: ElementType) {
        try vectors.find(rows, count: count, into: starts)
    }

    /// The vectors of a chunk's rows, one after the other; none of a chunk that is missing, as all
    /// its rows are dead.
    package func vectors(ofChunk chunk: Int) throws(StorageError) -> StoredVectors {
        try vectors.vectors(ofChunk: chunk)
    }

    /// The damage that a row is not where it must be.
    package func missing(row: Int) -> StorageError {
        damagedChunk(.vectors, row / vectorChunkRowCount, "row \(row) is not in it")
    }

    /// Ids and attributes of the rows of one row chunk; none of one that is missing.
    package func rowChunk(_ chunk: Int) throws(StorageError) -> RowChunk {
        let shape = shape
        if rows.isMissing(chunk) { return RowChunk(emptyAt: rows.start(chunk), shape: shape) }
        let needed = min(RowChunk.rowCount, count - chunk * RowChunk.rowCount)
        return try rows.decode(chunk) { (value) throws(DecodingFailure) in
            let found = try RowChunk(value, shape: shape)
            // Scans go by the count of all rows.
            guard found.count >= needed else {
                throw .inconsistent("\(found.count) rows in a chunk of \(needed)")
            }
            return found
        }
    }

    package var rowChunkCount: Int { rows.count }

    /// Where a column of a row chunk lies; looked up once.
    @inline(__always)
    func columnPlace(chunk: Int, column: Int) throws(StorageError) -> ColumnPlace {
        try columns.place(chunk: chunk, column: column, of: self)
    }

    package func id(_ row: UInt32) throws(StorageError) -> UInt64 {
        let (chunk, index) = Int(row).quotientAndRemainder(dividingBy: RowChunk.rowCount)
        guard chunk < rows.count else { throw damagedChunk(.rows, chunk, "the chunk is missing") }
        guard let id = RowChunk.id(index, in: try rows.value(chunk)) else {
            throw damagedChunk(.rows, chunk, "row \(row) is not in it")
        }
        return id
    }

    /// Asks for the memory that `id` will look at.
    package func prefetchID(_ row: UInt32) {
        let (chunk, index) = Int(row).quotientAndRemainder(dividingBy: RowChunk.rowCount)
        guard chunk < rows.count else { return }
        SelectionKernel.prefetch(rows.start(chunk) + RowChunk.idOffset(index))
    }

    /// Whether a row was written with a payload.
    package func hasPayload(_ row: UInt32) throws(StorageError) -> Bool {
        let (number, index) = Int(row).quotientAndRemainder(dividingBy: RowChunk.rowCount)
        guard number < rows.count else { throw damagedChunk(.rows, number, "the chunk is missing") }
        let chunk = try rowChunk(number)
        guard index < chunk.count else {
            throw damagedChunk(.rows, number, "row \(row) is not in it")
        }
        return chunk.hasPayload(index)
    }

    /// The attribute cells of a row, in the order of the columns.
    package func cells(_ row: UInt32) throws(StorageError) -> [UInt64?] {
        var last: LastRowChunk?
        return try cells(row, &last)
    }

    /// The chunk of rows that was read last.
    package struct LastRowChunk {
        fileprivate let number: Int
        fileprivate let chunk: RowChunk
    }

    /// The same, for rows that mostly lie in one chunk, which is decoded once.
    package func cells(_ row: UInt32, _ last: inout LastRowChunk?) throws(StorageError) -> [UInt64?]
    {
        let (number, index) = Int(row).quotientAndRemainder(dividingBy: RowChunk.rowCount)
        guard number < rows.count else { throw damagedChunk(.rows, number, "the chunk is missing") }
        let read = last?.number == number ? last : nil
        let chunk = if let read { read.chunk } else { try rowChunk(number) }
        if read == nil { last = LastRowChunk(number: number, chunk: chunk) }
        guard index < chunk.count else {
            throw damagedChunk(.rows, number, "row \(row) is not in it")
        }
        return chunk.columns.map { $0[index] }
    }

    /// The rows of an earlier snapshot, still alive, that have other cells in this one.
    package func amendedRows(since earlier: StoredRows) throws(StorageError) -> [UInt32] {
        var found: [UInt32] = []
        for chunk in 0..<min(earlier.rows.count, rows.count)
        where !rows.isMissing(chunk) && !earlier.rows.isMissing(chunk)
            && !rows.isSame(chunk, in: earlier.rows)
        {
            let (now, before) = (try rowChunk(chunk).columns, try earlier.rowChunk(chunk))
            for index in 0..<before.count
            where now.indices.contains(where: { now[$0][index] != before.columns[$0][index] }) {
                found.append(UInt32(chunk * RowChunk.rowCount + index))
            }
        }
        return found
    }

    private func damagedChunk(
        _ name: TableName, _ chunk: Int, _ reason: String
    ) -> StorageError {
        .damaged(
            table: name.rawValue, key: Keys.chunk(chunk).description,
            failure: .inconsistent(reason))
    }

    /// The places of all chunks of `rowCount` rows, all of which must be there but those whose rows
    /// are all dead.
    ///
    /// - Parameter rowSize: bytes of a row at least: a small value must not stand for many rows,
    ///   for which memory is taken.
    private static func resolve(
        _ name: TableName, kind: UInt8, versions: ClosedRange<UInt8>, chunkRowCount: Int,
        rowCount: Int, rowSize: Int, dead: RowSet,
        earlier: ResolvedValues?, _ access: Access
    ) throws(StorageError) -> ResolvedValues {
        let table = access.environment.table(name)
        var entries: [(key: Key, value: UnsafeRawBufferPointer)] = []
        let needed = (rowCount + chunkRowCount - 1) / chunkRowCount
        let missing = UnsafeRawBufferPointer(start: nil, count: 0)
        let cursor = try access.cursor(table)
        var found = try cursor.first()
        while entries.count < needed {
            let number = found?.keyPart(UInt32.self)
            let chunk = entries.count
            let rows = chunk * chunkRowCount..<min((chunk + 1) * chunkRowCount, rowCount)
            if let entry = found, number == UInt32(chunk), entry.key.count == 4 {
                guard entry.value.count >= rows.count * rowSize else {
                    throw .damaged(
                        table: name.rawValue, key: Keys.chunk(chunk).description,
                        failure: .truncated(
                            needed: rows.count * rowSize, available: entry.value.count))
                }
                entries.append((Keys.chunk(chunk), entry.value))
                found = try cursor.next()
                continue
            }
            guard dead.containsAll(rows) else {
                throw .damaged(
                    table: name.rawValue, key: Keys.chunk(chunk).description,
                    failure: .inconsistent("the chunk is missing"))
            }
            entries.append((Keys.chunk(chunk), missing))
        }
        if let entry = found {
            throw .damaged(
                table: name.rawValue, key: describe(key: entry.key),
                failure: .inconsistent("a chunk too many, \(rowCount) rows need \(needed)"))
        }
        return try ResolvedValues(
            table: table, kind: kind, versions: versions, entries: entries, earlier: earlier)
    }
}
