internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension SearchScratch {
    /// Room for comparing `count` rows.
    func reserveRows(_ count: Int) {
        rows.value.reserve(count)
        pointers.value.reserve(count)
        elements.value.reserve(count)
        distances.value.reserve(count)
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
        try stored.findVectors(
            ofRows: rows.value.start + range.lowerBound, count: range.count,
            into: pointers.value.start + range.lowerBound,
            elements.value.start + range.lowerBound)
        // Nearly always all vectors are stored alike.
        var first = range.lowerBound
        while first < range.upperBound {
            let element = elements.value.start[first]
            var end = first + 1
            while end < range.upperBound, elements.value.start[end] == element { end += 1 }
            distance.gathering(
                pointers.value.start + first, count: end - first, element: element,
                integers: integers.value.pointer(distance, element),
                into: distances.value.start + first)
            first = end
        }
        var threshold = nearest.threshold
        for index in range where distances.value.start[index] <= threshold {
            nearest.insert(
                Neighbor(
                    distance: distances.value.start[index], row: rows.value.start[index]))
            threshold = nearest.threshold
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
        scratch.integers.value.reset()
        for (index, row) in rows.enumerated() { scratch.rows.value.start[index] = row }
        try scratch.compare(self, range: 0..<rows.count, in: stored, into: &nearest)
    }
}
