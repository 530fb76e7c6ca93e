internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// What adding rows to the lists has changed.
struct Indexed {
    /// The numbers of the lists that have grown or are new.
    var lists = Set<UInt32>()
    var drift = Drift()
    /// The models, with the lists that outliers were given.
    var models: Models
}

extension Engine {
    /// Adds rows, from the tables or the delta, to the lists of `models`.
    func index(
        rows: Range<Int>, of snapshot: Snapshot, models: Models,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) -> Indexed {
        var result = Indexed(models: models)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: 65_536) {
            let part = start..<min(start + 65_536, rows.upperBound)
            var outliers: [UInt32]? = []
            var (content, drift) = try entries(
                of: part, snapshot, result.models, outliers: &outliers)
            if let far = outliers, !far.isEmpty {
                try addLists(for: far, of: snapshot, &result, transaction)
                outliers = nil
                (content, drift) = try entries(
                    of: part, snapshot, result.models, outliers: &outliers)
            }
            result.drift.add(drift)
            try append(content, &result, transaction)
        }
        return result
    }

    private func entries(
        of rows: Range<Int>, _ snapshot: Snapshot, _ models: Models, outliers: inout [UInt32]?
    ) throws(StorageError) -> ([(Int, ListEntries)], Drift) {
        let builder = ListBuilder(
            models: models, snapshot: snapshot, shape: shape, threadCount: threadCount)
        var drift = Drift()
        let entries = try builder.entries(
            of: builder.liveRows(in: rows), measuring: &drift, outliers: &outliers)
        return (entries, drift)
    }

    private func append(
        _ content: [(Int, ListEntries)], _ result: inout Indexed,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        for (list, entries) in content {
            let number = result.models.lists.numbers[list]
            try ListWriter.append(
                entries, to: number, generation: result.models.generation, shape: shape,
                transaction)
            result.lists.insert(number)
        }
    }

    /// Makes lists for rows far from every centroid: no codebook reaches so far, so that their
    /// codes would say nothing of them.
    private func addLists(
        for rows: [UInt32], of snapshot: Snapshot, _ result: inout Indexed,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        var vectors: [StoredVector] = []
        for row in rows { vectors.append(try snapshot.storedVector(row)) }
        let matrix = TrainingVectors.matrix(of: vectors, shape: shape)
        var manifest = try Manifest.read(transaction.access)
        var change = Models.CentroidChange()
        for centroid in OutlierCover(of: matrix, bound: result.models.outlierBound).centroids {
            change.added.append((manifest.nextList, centroid))
            manifest.nextList += 1
        }
        let (models, slots) = result.models.changed(by: change)
        try models.writeCentroids(slots, transaction)
        try manifest.write(transaction)
        result.models = models
        result.lists.formUnion(change.added.map(\.number))
    }
}

/// A few of some vectors, so that most are near one of them.
struct OutlierCover {
    private(set) var centroids: [[Float]] = []

    /// Lists that one transaction gives to outliers; what is left goes to the nearest.
    private static let limit = 16

    /// - Parameter bound: the squared distance that counts as near.
    init(of vectors: Matrix, bound: Float) {
        for row in 0..<vectors.rowCount where centroids.count < Self.limit {
            let vector = Array(vectors.row(row))
            let isNear = centroids.contains { centroid in
                VectorKernel.squaredDistance(centroid, vector, vector.count) <= bound
            }
            if !isNear { centroids.append(vector) }
        }
    }
}

extension Models {
    /// The squared distance to every centroid, in terms of the mean one in training, beyond which
    /// a vector is an outlier.
    private static let outlierFactor: Float = 64

    /// The squared distance to every centroid beyond which a vector is an outlier.
    var outlierBound: Float { Self.outlierFactor * calibration.centroidError }

    /// Whether a list lies so far from all others that its vectors would be outliers there.
    func isIsolated(_ index: Int) -> Bool {
        let own = Array(centroids.matrix.row(index))
        var distances = [Float](repeating: 0, count: centroids.count)
        centroids.distances(to: own, metric: .euclidean, into: &distances)
        return distances.indices.allSatisfy { $0 == index || distances[$0] > outlierBound }
    }
}
