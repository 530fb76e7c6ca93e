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
        var distances = [Float](repeating: 0, count: DeltaChunk.rowCount)
        var mask = [UInt64](repeating: .max, count: DeltaChunk.rowCount / 64)
        delta.forEachChunk { chunk, first, range in
            if let filter {
                chunk.withColumns(count: range.upperBound) { columns in
                    mask.withUnsafeMutableBufferPointer {
                        filter.evaluate(columns, count: range.upperBound, into: $0)
                    }
                }
            }
            distances.withUnsafeMutableBufferPointer { results in
                guard let out = results.baseAddress else { return }
                distance.toRows(
                    chunk.vectors + range.lowerBound * delta.shape.vectorSize,
                    count: range.count, element: delta.shape.element,
                    into: out + range.lowerBound)
            }
            figures.reranked += range.count
            for index in range where mask[index >> 6] >> UInt64(index & 63) & 1 == 1 {
                let row = UInt32(first + index)
                guard distances[index] <= nearest.threshold, !snapshot.dead.contains(row) else {
                    continue
                }
                nearest.insert(Neighbor(distance: distances[index], row: row))
            }
        }
    }

    /// Compares the rows of the tables, in row order.
    static func searchStored(
        _ snapshot: Snapshot, _ distance: ExactDistance, filter: CompiledFilter?,
        scratch: SearchScratch, into nearest: inout TopK, figures: inout SearchFigures
    ) throws(StorageError) {
        if let filter {
            try searchMatching(
                snapshot, distance, filter: filter, scratch: scratch, into: &nearest,
                figures: &figures)
            return
        }
        let rows = snapshot.stored.rows
        let chunkRowCount = rows.vectorChunkRowCount
        var distances = [Float](repeating: 0, count: chunkRowCount)
        for chunk in 0..<(rows.count + chunkRowCount - 1) / chunkRowCount {
            let vectors = try rows.vectors(ofChunk: chunk)
            let first = chunk * chunkRowCount
            let count = min(chunkRowCount, rows.count - first)
            guard count <= vectors.count else { continue }
            distances.withUnsafeMutableBufferPointer { results in
                guard let out = results.baseAddress else { return }
                distance.toRows(
                    vectors.start, count: count, element: vectors.element, into: out)
            }
            figures.reranked += count
            for index in 0..<count where distances[index] <= nearest.threshold {
                let row = UInt32(first + index)
                if !snapshot.dead.contains(row) {
                    nearest.insert(Neighbor(distance: distances[index], row: row))
                }
            }
        }
    }

    /// Evaluates the filter on the rows' columns first, and compares those that match.
    private static func searchMatching(
        _ snapshot: Snapshot, _ distance: ExactDistance, filter: CompiledFilter,
        scratch: SearchScratch, into nearest: inout TopK, figures: inout SearchFigures
    ) throws(StorageError) {
        let stored = snapshot.stored.rows
        var mask = [UInt64](repeating: 0, count: RowChunk.rowCount / 64 + 1)
        var matching: [UInt32] = []
        for index in 0..<stored.rowChunkCount {
            let chunk = try stored.rowChunk(index)
            guard chunk.count > 0 else { continue }
            if filter.verdict(for: chunk.columns.map(\.summary)) == .none { continue }
            mask.withUnsafeMutableBufferPointer {
                filter.evaluate(chunk.columns, count: chunk.count, into: $0)
            }
            figures.scanned += chunk.count
            matching.removeAll(keepingCapacity: true)
            let first = index * RowChunk.rowCount
            for (word, bits) in mask.enumerated() where bits != 0 && word * 64 < chunk.count {
                var rest = bits
                while rest != 0 {
                    let row = UInt32(first + word * 64 + rest.trailingZeroBitCount)
                    if !snapshot.dead.contains(row) { matching.append(row) }
                    rest &= rest - 1
                }
            }
            figures.reranked += matching.count
            try distance.compare(matching, in: stored, scratch: scratch, into: &nearest)
        }
    }
}
