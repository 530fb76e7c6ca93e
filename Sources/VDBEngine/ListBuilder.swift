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

    /// The entries of all lists, from all live rows in the tables.
    func content(observer: EngineObserver?) throws(StorageError) -> [ListEntries] {
        var lists = [ListEntries](repeating: emptyEntries, count: models.centroids.count)
        let count = snapshot.stored.rows.count
        for start in stride(from: 0, to: count, by: RowEncoder.batchCount) {
            let range = start..<min(start + RowEncoder.batchCount, count)
            try addRows(range) { list, entries, index, row, cells in
                lists[list].append(
                    code: entries.code(index), alpha: entries.alphas[index],
                    beta: entries.betas[index], row: row, cells: cells)
            }
            observer?("encoding", Double(range.upperBound) / Double(count))
        }
        return lists
    }

    /// The entries of some rows, and how well the models fit them, by index of the list, in ascending order of the lists.
    func entries(
        of rows: Range<Int>, measuring drift: inout Drift
    ) throws(StorageError) -> [(Int, ListEntries)] {
        var lists: [Int: ListEntries] = [:]
        var errors = Drift()
        try addRows(rows) { list, entries, index, row, cells in
            lists[list, default: emptyEntries].append(
                code: entries.code(index), alpha: entries.alphas[index],
                beta: entries.betas[index], row: row, cells: cells)
            if index == 0 { errors.add(entries.errors) }
        }
        drift.add(errors)
        return lists.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private var emptyEntries: ListEntries {
        ListEntries(
            codec: models.codec, subspaceCount: models.quantizer.shape.subspaceCount,
            shape: shape)
    }

    /// Encodes the live rows of a range and hands each to `add`.
    private func addRows(
        _ range: Range<Int>,
        _ add: (Int, EncodedRows, Int, UInt32, [UInt64?]) -> Void
    ) throws(StorageError) {
        var rows: [UInt32] = []
        var vectors: [StoredVector] = []
        for row in range where !snapshot.dead.contains(UInt32(row)) {
            rows.append(UInt32(row))
            vectors.append(try snapshot.storedVector(UInt32(row)))
        }
        let encoded = encoder.encode(vectors)
        for (index, row) in rows.enumerated() {
            let cells = shape.columns.isEmpty ? [] : try snapshot.storedCells(row)
            add(Int(encoded.lists[index]), encoded, index, row, cells)
        }
    }
}
