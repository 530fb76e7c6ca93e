internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Search that compares every live record that matches.
enum ExactSearch {
    /// Compares the rows of the delta.
    static func searchDelta(
        _ snapshot: Snapshot, _ distance: ExactDistance, filter: CompiledFilter?,
        into nearest: inout TopK, figures: inout SearchFigures
    ) {
        let delta = snapshot.delta
        guard delta.count > 0 else { return }
        let scan = ExactScan(distance)
        let hidden = filter == nil ? snapshot.dead : snapshot.hidden
        var mask = [UInt64](repeating: .max, count: DeltaChunk.rowCount / 64)
        delta.forEachChunk { chunk, first, range in
            if let filter {
                chunk.withColumns(count: range.upperBound) { columns in
                    mask.withUnsafeMutableBufferPointer {
                        filter.evaluate(columns, count: range.upperBound, into: $0)
                    }
                }
            }
            let run = RowRun(
                start: chunk.vectors + range.lowerBound * delta.shape.vectorSize,
                element: delta.shape.element, first: first + range.lowerBound, count: range.count)
            scan.compare(run, dead: hidden, into: &nearest) {
                let index = range.lowerBound + $0
                return mask[index >> 6] >> UInt64(index & 63) & 1 == 1
            }
            figures.reranked += range.count
        }
    }

    /// Compares the amended rows that match, wherever they are: what looks at the cells of tables
    /// and delta passes over them.
    static func searchAmended(
        _ snapshot: Snapshot, _ distance: ExactDistance, filter: CompiledFilter,
        scratch: SearchScratch, into nearest: inout TopK, figures: inout SearchFigures
    ) throws(StorageError) {
        let rows = snapshot.amendedRows(matching: filter)
        guard !rows.isEmpty else { return }
        let delta = snapshot.delta
        let stored = rows.prefix { $0 < delta.start }
        try distance.compare(
            Array(stored), in: snapshot.stored.rows, scratch: scratch, into: &nearest)
        let scan = ExactScan(distance)
        for row in rows.dropFirst(stored.count) {
            let place = delta.place(row)
            let run = RowRun(
                start: place.chunk.vectors + place.index * delta.shape.vectorSize,
                element: delta.shape.element, first: Int(row), count: 1)
            scan.compare(run, dead: snapshot.dead, into: &nearest)
        }
        figures.reranked += rows.count
    }

    /// Compares the rows of the tables, in row order.
    static func searchStored(
        _ snapshot: Snapshot, _ distance: ExactDistance, filter: CompiledFilter?,
        into nearest: inout TopK, figures: inout SearchFigures
    ) throws(StorageError) {
        let scan = ExactScan(distance)
        if let filter {
            try searchMatching(
                snapshot, scan, filter: filter, into: &nearest, figures: &figures)
            return
        }
        let rows = snapshot.stored.rows
        for chunk in 0..<rows.vectorChunkCount {
            let run = try rows.run(ofChunk: chunk)
            scan.compare(run, dead: snapshot.dead, into: &nearest)
            figures.reranked += run.count
        }
    }

    /// Bytes of vectors that several queries are compared with while they are in the cache.
    private static let tileSize = 1 << 18

    /// Compares the rows of the tables with several queries.
    static func searchStored(
        _ snapshot: Snapshot, _ queries: [ExactDistance], into nearest: inout [TopK]
    ) throws(StorageError) {
        let rows = snapshot.stored.rows
        let scans = queries.map { ExactScan($0) }
        for chunk in 0..<rows.vectorChunkCount {
            let run = try rows.run(ofChunk: chunk)
            let rowSize = rows.shape.storedSize(as: run.element)
            let tileRowCount = max(16, tileSize / rowSize)
            for start in stride(from: 0, to: run.count, by: tileRowCount) {
                let tile = run.part(
                    start..<min(start + tileRowCount, run.count), rowSize: rowSize)
                for index in scans.indices {
                    scans[index].compare(
                        tile, dead: snapshot.dead, into: &nearest[index])
                }
            }
        }
    }

    /// Evaluates the filter on the rows' columns first, and compares those that match.
    private static func searchMatching(
        _ snapshot: Snapshot, _ scan: ExactScan, filter: CompiledFilter,
        into nearest: inout TopK, figures: inout SearchFigures
    ) throws(StorageError) {
        let stored = snapshot.stored.rows
        let hidden = snapshot.hidden
        var mask = RowMask(count: RowChunk.rowCount)
        for index in 0..<stored.rowChunkCount {
            let chunk = try stored.rowChunk(index)
            guard chunk.count > 0 else { continue }
            if filter.verdict(for: chunk.columns) == .none { continue }
            mask.fill(filter, chunk.columns, count: chunk.count)
            figures.scanned += chunk.count
            // The rows of one chunk of attributes lie in several of vectors.
            let first = index * RowChunk.rowCount
            var row = first
            while row < first + chunk.count {
                let end = min(first + chunk.count, stored.endOfVectorChunk(of: row))
                let range = row - first..<end - first
                let rows = row..<end
                row = end
                let matching = mask.count(in: range)
                guard matching > 0 else { continue }
                if isDense(matching, of: rows.count, size: stored.shape.vectorSize) {
                    let run = try stored.run(from: rows.lowerBound, upTo: end)
                    scan.compare(run, dead: hidden, into: &nearest) {
                        mask.contains(range.lowerBound + $0)
                    }
                    figures.reranked += run.count
                } else {
                    figures.reranked += try scan.compareFew(
                        rows, in: stored, dead: hidden, into: &nearest
                    ) { mask.word(at: range.lowerBound + 64 * $0, limit: range.upperBound) }
                }
            }
        }
    }

    /// Whether so many rows match that reading all of a run is faster than fetching each: short
    /// rows share their cache lines, and all come at the speed of memory.
    private static func isDense(_ matching: Int, of count: Int, size: Int) -> Bool {
        size <= 256 ? matching * 4 >= count : matching * 4 >= count * 3
    }
}

extension StoredRows {
    /// The end of the rows that are in a chunk of vectors with one of them.
    func endOfVectorChunk(of row: Int) -> Int {
        (row / vectorChunkRowCount + 1) * vectorChunkRowCount
    }

    /// All rows of a chunk of vectors.
    func run(ofChunk chunk: Int) throws(StorageError) -> RowRun {
        let first = chunk * vectorChunkRowCount
        return try run(from: first, upTo: min(first + vectorChunkRowCount, count))
    }

    /// The rows from one on, up to an end or that of its chunk of vectors; none where the chunk is
    /// missing, all its rows being dead.
    func run(from row: Int, upTo end: Int) throws(StorageError) -> RowRun {
        let (chunk, offset) = row.quotientAndRemainder(dividingBy: vectorChunkRowCount)
        let vectors = try vectors(ofChunk: chunk)
        if isVectorChunkMissing(chunk) {
            return RowRun(start: vectors.start, element: vectors.element, first: row, count: 0)
        }
        let whole = RowRun(
            start: vectors.start, element: vectors.element, first: row - offset,
            count: vectors.count)
        let last = min(end, endOfVectorChunk(of: row))
        guard last - (row - offset) <= vectors.count else {
            throw missing(row: row - offset + vectors.count)
        }
        return whole.part(
            offset..<last - (row - offset), rowSize: shape.storedSize(as: vectors.element))
    }
}
