internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension SearchScratch {
    /// Room for comparing `count` rows.
    func reserveRows(_ count: Int) {
        rows.value.reserve(count)
        pointers.value.reserve(min(count, Self.tileCount))
        distances.value.reserve(min(count, Self.tileCount))
    }

    /// The same, but the first `kept` rows stay.
    func reserveRows(_ count: Int, keepingRows kept: Int) {
        rows.value.reserve(count, keeping: kept)
        reserveRows(count)
    }

    /// Compares the query with the vectors of some of `rows` and keeps the nearest.
    func compare(
        _ distance: ExactDistance, range: Range<Int>, in stored: StoredRows,
        into nearest: inout TopK
    ) throws(StorageError) {
        let (rows, pointers) = (rows.value.start, pointers.value.start)
        let distances = distances.value.start
        var first = range.lowerBound
        while first < range.upperBound {
            let (count, element) = try stored.findVectors(
                ofRows: rows + first, count: min(Self.tileCount, range.upperBound - first),
                into: pointers)
            distance.gathering(
                pointers, count: count, element: element,
                integers: integers.value.pointer(distance, element), into: distances)
            var threshold = nearest.threshold
            for index in 0..<count where distances[index] <= threshold {
                nearest.insert(Neighbor(distance: distances[index], row: rows[first + index]))
                threshold = nearest.threshold
            }
            first += count
        }
    }

    /// Vectors that are compared at a time, so that where they lie stays in the first-level cache.
    private static let tileCount = 512
}

extension ExactDistance {
    /// Compares the query with the vectors of `rows` in the tables and keeps the nearest.
    func compare(
        _ rows: [UInt32], in stored: StoredRows, scratch: SearchScratch,
        into nearest: inout TopK
    ) throws(StorageError) {
        scratch.reserveRows(rows.count)
        scratch.integers.value.reset()
        for (index, row) in rows.enumerated() { scratch.rows.value.start[index] = row }
        try scratch.compare(self, range: 0..<rows.count, in: stored, into: &nearest)
    }
}
