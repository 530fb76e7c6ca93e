internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Turns rows into entries of lists.
struct ListBuilder {
    /// Blocks written in one transaction of a build.
    static let blocksPerStep = 2048

    let models: Models
    let snapshot: Snapshot
    private let shape: RecordShape
    private let encoder: RowEncoder

    init(models: Models, snapshot: Snapshot, shape: RecordShape, threadCount: Int) {
        self.models = models
        self.snapshot = snapshot
        self.shape = shape
        encoder = RowEncoder(models: models, shape: shape, threadCount: threadCount)
    }

    /// The entries of all lists, by index of the list, from the live rows of the tables in `range`.
    ///
    /// - Parameter observer: told of the share of all rows.
    func content(
        of range: Range<Int>, observer: EngineObserver?
    ) throws(StorageError) -> [ListEntries] {
        var lists = [ListEntries](repeating: emptyEntries, count: models.centroids.count)
        let batchCount = models.coarse.batchCount
        for start in stride(from: range.lowerBound, to: range.upperBound, by: batchCount) {
            let batch = start..<min(start + batchCount, range.upperBound)
            try addRows(liveRows(in: batch)) { list, entries, index, row, cells in
                lists[list].append(
                    code: entries.code(index), alpha: entries.alphas[index],
                    beta: entries.betas[index], row: row, cells: cells)
            }
            observer?("encoding", Double(batch.upperBound) / Double(rowCount))
        }
        return lists
    }

    /// Rows in the tables, the dead included.
    var rowCount: Int { snapshot.stored.rows.count }

    /// The rows in as few ranges as there may be: the entries of each take about `portionSize`
    /// bytes, whatever the number of rows.
    func portions(of portionSize: Int) -> [Range<Int>] {
        let entrySize =
            models.quantizer.shape.subspaceCount + 12 + shape.columns.reduce(0) { $0 + $1.size + 1 }
        let length = max(1, portionSize / entrySize)
        return stride(from: 0, to: rowCount, by: length).map {
            $0..<min($0 + length, rowCount)
        }
    }

    /// The entries of some rows, in ascending order, by index of the list in its ascending order;
    /// also how well the models fit them.
    ///
    /// - Parameter outliers: gets the rows that are further than `outlierBound` from every
    ///   centroid; they are in no list. Nil puts them into the nearest as all others.
    func entries(
        of rows: [UInt32], measuring drift: inout Drift, outliers: inout [UInt32]?
    ) throws(StorageError) -> [(Int, ListEntries)] {
        var lists: [Int: ListEntries] = [:]
        var errors = Drift()
        var far: [UInt32] = []
        let bound = outliers == nil ? Float.infinity : models.outlierBound
        try addRows(rows) { list, entries, index, row, cells in
            if index == 0 { errors.add(entries.errors) }
            if entries.distances[index] > bound {
                far.append(row)
                return
            }
            lists[list, default: emptyEntries].append(
                code: entries.code(index), alpha: entries.alphas[index],
                beta: entries.betas[index], row: row, cells: cells)
        }
        drift.add(errors)
        outliers?.append(contentsOf: far)
        return lists.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The rows of a range that are alive.
    func liveRows(in range: Range<Int>) -> [UInt32] {
        range.compactMap { snapshot.dead.contains(UInt32($0)) ? nil : UInt32($0) }
    }

    private var emptyEntries: ListEntries {
        ListEntries(
            codec: models.codec, subspaceCount: models.quantizer.shape.subspaceCount,
            shape: shape)
    }

    /// Encodes rows and hands each to `add`.
    private func addRows(
        _ rows: [UInt32],
        _ add: (Int, EncodedRows, Int, UInt32, [UInt64?]) -> Void
    ) throws(StorageError) {
        var vectors: [StoredVector] = []
        for row in rows { vectors.append(try snapshot.storedVector(row)) }
        let encoded = encoder.encode(vectors)
        var last: StoredRows.LastRowChunk?
        for (index, row) in rows.enumerated() {
            let cells = shape.columns.isEmpty ? [] : try snapshot.storedCells(row, &last)
            add(Int(encoded.lists[index]), encoded, index, row, cells)
        }
    }
}
