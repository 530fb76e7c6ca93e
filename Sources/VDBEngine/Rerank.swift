internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension ExactDistance {
    /// Compares the query with the vectors of `rows` in the tables and keeps the nearest.
    func compare(
        _ rows: [UInt32], in stored: StoredRows, scratch: SearchScratch,
        into nearest: inout TopK
    ) throws(StorageError) {
        scratch.pointers.removeAll(keepingCapacity: true)
        for row in rows { scratch.pointers.append(try stored.vector(row)) }
        while scratch.distances.count < rows.count { scratch.distances.append(0) }
        gathering(scratch.pointers, into: &scratch.distances)
        for (index, row) in rows.enumerated() where scratch.distances[index] <= nearest.threshold {
            nearest.insert(Neighbor(distance: scratch.distances[index], row: row))
        }
    }
}
