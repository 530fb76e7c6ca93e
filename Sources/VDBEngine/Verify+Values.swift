internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

// What single values must be beyond their checksums and layouts.

extension Verifier {
    /// The stripes' checksums, by which searches check single vectors, and the components.
    mutating func checkVectorValues(ofChunk chunk: Int, _ vectors: StoredVectors) {
        let rows = stored.rows
        let first = chunk * rows.vectorChunkRowCount
        let key = Keys.chunk(chunk).description
        var components = [Float](repeating: 0, count: shape.dimension)
        for index in 0..<min(vectors.count, rows.count - first) {
            let row = UInt32(first + index)
            guard let vector = attempt({ () throws(StorageError) in try rows.vector(row) })
            else { return }
            ConversionKernel.decode(
                vector.element, vector.start, count: shape.dimension, into: &components)
            let greatest = ComponentKernel.greatestMagnitude(components, count: components.count)
            if greatest >= Float.infinity.bitPattern {
                report("vectors", key, "row \(row) has a component that is not finite")
            } else if greatest == 0, shape.metric == .cosine {
                report("vectors", key, "row \(row) is all zeros, under the cosine")
            }
        }
    }

    /// A filter passes a run over by its minimum and maximum: wrong ones would hide records.
    mutating func checkSummaries(_ columns: [ColumnView], _ table: String, _ key: String) {
        for (index, column) in columns.enumerated() {
            let cells = (0..<column.count).compactMap { column[$0] }
            let due = ColumnSummary(
                minimum: cells.min() ?? 0, maximum: cells.max() ?? 0, count: column.count,
                nullCount: column.count - cells.count)
            guard due != column.summary else { continue }
            let found = column.summary
            report(
                table, key,
                "column \(index) is said to be \(found.minimum) … \(found.maximum) with "
                    + "\(found.nullCount) nulls, it is \(due.minimum) … \(due.maximum) with "
                    + "\(due.nullCount)")
        }
    }

    /// A list's blocks are numbered without a gap, all but the last are full, and rows ascend.
    mutating func checkOrder(ofList list: Int, _ lists: InvertedLists) {
        let indices = lists.blockIndices(ofList: list)
        var last: UInt32?
        for index in indices {
            let key = lists.key(ofBlock: index)
            let due = Keys.block(
                list: lists.numbers[list], block: UInt32(index - indices.lowerBound))
            if key != due { report("lists", key.description, "the block \(due) is missing") }
            guard let block = attempt({ () throws(StorageError) in try lists.block(index) })
            else { continue }
            if index + 1 < indices.upperBound, block.count < ListBlock.capacity {
                report(
                    "lists", key.description,
                    "\(block.count) entries, and it is not the last block of its list")
            }
            for position in 0..<block.count {
                let row = block.rows[position]
                if let last, row <= last {
                    report("lists", key.description, "row \(row) comes after row \(last)")
                }
                last = row
            }
        }
    }

    /// Estimates are numbers: an infinite one would hide its record from every search.
    mutating func checkEstimates(ofBlock index: Int, _ lists: InvertedLists) {
        let shape = shape
        guard
            let entries = attempt({ () throws(StorageError) in
                try lists.entries(ofBlock: index, shape: shape)
            })
        else { return }
        for position in 0..<entries.count
        where !entries.alphas[position].isFinite || !entries.betas[position].isFinite {
            report(
                "lists", lists.key(ofBlock: index).description,
                "row \(entries.rows[position]) has α \(entries.alphas[position]) and β "
                    + "\(entries.betas[position])")
        }
    }
}
