internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Learns centroids and codebooks from a sample of the rows in the tables.
struct Trainer {
    let plan: IndexPlan
    let snapshot: Snapshot
    let seed: UInt64
    let threadCount: Int
    /// Centroids of lists that are in use and have been kept in shape: training begins with them
    /// if there are about as many as there shall be. Nil to begin afresh.
    var earlier: Centroids?

    /// Iterations over centroids that splits and merges have kept in shape.
    private static let refinementCount = 2

    /// - Parameter isCancelled: asked between steps; training then ends with nil.
    func train(
        generation: UInt32, firstList: UInt32, isCancelled: () -> Bool,
        observer: EngineObserver?
    ) throws(StorageError) -> Models? {
        let stored = snapshot.stored
        observer?("training centroids", 0)
        var random = RandomSource(seed: seed)
        let rows = snapshot.liveSample(plan.sampleCount, &random)
        guard !rows.isEmpty else { return nil }
        var vectors: [StoredVector] = []
        for row in rows { vectors.append(try stored.rows.vector(row)) }
        let sample = TrainingVectors.matrix(of: vectors, shape: stored.rows.shape)
        let centroids = centroids(of: sample)
        if isCancelled() { return nil }
        observer?("training codebooks", 0)
        var part = part(of: sample)
        let assignment = centroids.nearest(part, threads: threadCount)
        let centroidError = assignment.error / Double(part.rowCount)
        let quantizer: ProductQuantizer
        var quantizationError: Float = 0
        if plan.quantizer.isExact {
            quantizer = ProductQuantizer(shape: plan.quantizer)
        } else {
            subtract(centroids, assignment.indices, from: &part)
            quantizer = ProductQuantizer.train(
                residuals: part, shape: plan.quantizer, rotation: rotation(of: part),
                seed: seed &+ 1, threads: threadCount)
            quantizationError = error(of: quantizer, residuals: part)
        }
        if isCancelled() { return nil }
        return Models(
            generation: generation,
            lists: ListSlots(firstList: firstList, count: centroids.count),
            metric: stored.rows.shape.metric, centroids: centroids, quantizer: quantizer,
            calibration: Calibration(
                trainedCount: stored.rows.count - stored.dead.count,
                centroidError: Float(centroidError), quantizationError: quantizationError))
    }

    private func centroids(of sample: Matrix) -> Centroids {
        let count = min(plan.listCount, sample.rowCount)
        if let earlier, earlier.count * 4 >= count * 3, earlier.count * 10 <= count * 11 {
            return KMeans(
                centroidCount: max(count, earlier.count), iterationLimit: Self.refinementCount,
                seed: seed, threads: threadCount
            ).centroids(sample, from: earlier.matrix)
        }
        if count >= HierarchicalKMeans.leastCentroidCount {
            return HierarchicalKMeans(centroidCount: count, seed: seed, threads: threadCount)
                .centroids(sample)
        }
        return KMeans(
            centroidCount: count, iterationLimit: 12, seed: seed, threads: threadCount
        ).train(sample).centroids
    }

    /// Rows of the sample, evenly spread, that are enough for codebooks and errors.
    private func part(of sample: Matrix) -> Matrix {
        let wanted = max(
            8192, ProductQuantizer.pointsPerCodeword * plan.quantizer.codewordCount)
        let step = max(1, sample.rowCount / wanted)
        return sample.rows(stride(from: 0, to: sample.rowCount, by: step))
    }

    private func subtract(
        _ centroids: Centroids, _ assignment: [UInt32], from sample: inout Matrix
    ) {
        let dimension = sample.columnCount
        sample.values.withUnsafeMutableBufferPointer { values in
            centroids.matrix.values.withUnsafeBufferPointer { means in
                for (row, list) in assignment.enumerated() {
                    for column in 0..<dimension {
                        values[row * dimension + column] -= means[Int(list) * dimension + column]
                    }
                }
            }
        }
    }

    /// Residuals from which on a rotation is tried: a collection that gives fewer is searched fast
    /// without, and the trial trains codebooks twice more.
    private static let leastRotatedCount = 8192
    /// A rotation pays where it lowers the error of the codes to this share, or less.
    private static let rotationGain: Float = 0.95
    /// One residual in so many is kept back to judge by.
    private static let heldOutPart = 4

    /// The axes along which codes of residuals are better than along their components, as residuals
    /// tell that were not trained on; nil if no better or not worth their price.
    private func rotation(of residuals: Matrix) -> Rotation? {
        let shape = plan.quantizer
        guard residuals.rowCount >= Self.leastRotatedCount, shape.dimension > 1,
            shape.dimension <= Rotation.dimensionLimit,
            residuals.rowCount >= Self.heldOutPart * shape.dimension
        else { return nil }
        let rows = 0..<residuals.rowCount
        let trained = residuals.rows(rows.filter { $0 % Self.heldOutPart != 0 })
        let heldOut = residuals.rows(rows.filter { $0 % Self.heldOutPart == 0 })
        let rotation = Rotation.principal(of: trained, shape: shape)
        let errors = [nil, rotation].map { rotation in
            error(
                of: ProductQuantizer.train(
                    residuals: trained, shape: shape, rotation: rotation, seed: seed &+ 1,
                    threads: threadCount), residuals: heldOut)
        }
        guard errors[1] < Self.rotationGain * errors[0] else { return nil }
        return Rotation.principal(of: residuals, shape: shape)
    }

    /// Mean squared distance of up to 4,096 residuals to what their codes stand for.
    private func error(of quantizer: ProductQuantizer, residuals: Matrix) -> Float {
        let count = min(residuals.rowCount, 4096)
        let dimension = residuals.columnCount
        let part = Matrix(
            columnCount: dimension, values: Array(residuals.values.prefix(count * dimension)))
        let codes = quantizer.encode(residuals: part, threads: threadCount)
        let width = quantizer.shape.subspaceCount
        var sum = 0.0
        for row in 0..<count {
            let decoded = quantizer.decode(Array(codes[row * width..<(row + 1) * width]))
            for (value, stand) in zip(part.row(row), decoded) {
                sum += Double((value - stand) * (value - stand))
            }
        }
        return Float(sum / Double(max(count, 1)))
    }
}
