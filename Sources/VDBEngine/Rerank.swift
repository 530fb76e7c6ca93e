internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension SearchScratch {
    /// Room for comparing `count` rows.
    func reserveRows(_ count: Int) {
        rows.value.reserve(count)
        pointers.value.reserve(count)
        distances.value.reserve(count)
    }

    /// The query in integers, if it has whole components that the stored type can hold.
    func integers(of distance: ExactDistance) -> UnsafePointer<Int16>? {
        guard distance.shape.element.integerRange != nil else { return nil }
        integers.value.reserve(distance.shape.dimension)
        return distance.writeIntegers(into: integers.value.start)
            ? UnsafePointer(integers.value.start) : nil
    }

    /// Compares the query with the vectors of some of `rows` and keeps the nearest.
    func compare(
        _ distance: ExactDistance, integers: UnsafePointer<Int16>?, range: Range<Int>,
        in stored: StoredRows, into nearest: inout TopK
    ) throws(StorageError) {
        for index in range {
            pointers.value.start[index] = try stored.vector(rows.value.start[index])
        }
        distance.gathering(
            pointers.value.start + range.lowerBound, count: range.count, integers: integers,
            into: distances.value.start + range.lowerBound)
        for index in range where distances.value.start[index] <= nearest.threshold {
            nearest.insert(
                Neighbor(distance: distances.value.start[index], row: rows.value.start[index]))
        }
    }
}

extension ExactDistance {
    /// Compares the query with the vectors of `rows` in the tables and keeps the nearest.
    func compare(
        _ rows: [UInt32], in stored: StoredRows, scratch: SearchScratch,
        into nearest: inout TopK
    ) throws(StorageError) {
        scratch.reserveRows(rows.count)
        for (index, row) in rows.enumerated() { scratch.rows.value.start[index] = row }
        try scratch.compare(
            self, integers: scratch.integers(of: self), range: 0..<rows.count, in: stored,
            into: &nearest)
    }
}
