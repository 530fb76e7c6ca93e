internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Appends the delta's vectors to the chunks of their rows.
    func writeVectors(
        of snapshot: Snapshot, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let delta = snapshot.delta
        let stored = snapshot.stored.rows
        let width = stored.vectorChunkRowCount
        for chunk in delta.chunks(of: width) {
            let first = chunk * width
            var vectors: [UInt8] = []
            vectors.reserveCapacity(width * shape.vectorSize)
            if first < delta.start { vectors = try stored.vectors(ofChunk: chunk).bytes(shape) }
            for row in max(first, delta.start)..<min(first + width, delta.end) {
                let place = delta.place(UInt32(row))
                vectors.append(contentsOf: place.chunk.vector(place.index))
            }
            try transaction.put(
                environment.table(.vectors), Keys.chunk(chunk),
                VectorChunk.encode(
                    chunk: chunk, vectors: vectors, vectorSize: shape.vectorSize,
                    element: shape.element))
        }
    }

    /// Appends the delta's ids and cells to the chunks of their rows, and writes the chunks anew
    /// that have amended rows.
    ///
    /// - Parameter amended: those in the tables, ascending.
    func writeRows(
        of snapshot: Snapshot, amended: [UInt32], _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let delta = snapshot.delta
        var changes: [Int: [UInt32]] = [:]
        for row in amended { changes[Int(row) / RowChunk.rowCount, default: []].append(row) }
        let grown = delta.chunks(of: RowChunk.rowCount)
        for number in Set(changes.keys).union(grown).sorted() {
            let first = number * RowChunk.rowCount
            var content = RowContent(shape)
            if first < delta.start {
                content.append(try snapshot.stored.rows.rowChunk(number))
            }
            for row in changes[number] ?? [] {
                content.amend(Int(row) - first, try snapshot.storedCells(row))
            }
            if grown.contains(number) {
                content.append(first..<first + RowChunk.rowCount, of: snapshot)
            }
            try transaction.put(
                environment.table(.rows), Keys.chunk(number),
                RowChunk.encode(
                    chunk: number, ids: content.ids, columns: content.columns,
                    payloads: content.payloads, position: snapshot.position.rawValue))
        }
    }
}

/// What a chunk of rows will hold.
private struct RowContent {
    private(set) var ids: [UInt64] = []
    private(set) var columns: [ColumnBuffer]
    private(set) var payloads: [Bool] = []

    init(_ shape: RecordShape) { columns = shape.columns.map { ColumnBuffer(width: $0) } }

    /// Adds what it holds now.
    mutating func append(_ chunk: RowChunk) {
        ids.append(contentsOf: chunk.ids)
        payloads += (0..<chunk.count).map { chunk.hasPayload($0) }
        for index in columns.indices { columns[index].append(contentsOf: chunk.columns[index]) }
    }

    mutating func amend(_ index: Int, _ cells: [UInt64?]) {
        for (column, cell) in cells.enumerated() { columns[column][index] = cell }
    }

    /// Adds those rows of a range that are in the delta.
    mutating func append(_ rows: Range<Int>, of snapshot: Snapshot) {
        snapshot.delta.forEachChunk { source, first, range in
            let lower = max(rows.lowerBound - first, range.lowerBound)
            let upper = min(rows.upperBound - first, range.upperBound)
            guard lower < upper else { return }
            source.withColumns(count: upper) { views in
                for index in lower..<upper {
                    ids.append(source.ids[index])
                    payloads.append(source.payload(index) != nil)
                    for column in columns.indices {
                        columns[column].append(
                            snapshot.cell(
                                column, of: UInt32(first + index), or: views[column][index]))
                    }
                }
            }
        }
    }
}

extension Delta {
    /// The numbers of the chunks, of so many rows each, that its rows are in.
    fileprivate func chunks(of width: Int) -> Range<Int> {
        count == 0 ? 0..<0 : start / width..<(end - 1) / width + 1
    }
}
