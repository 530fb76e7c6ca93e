package import VDBPrimitives

extension ProductQuantizer {
    /// Points that training looks at for each codeword; more hardly lower the error.
    package static let pointsPerCodeword = 256

    /// Trains a codebook on residuals (n × d, n ≥ 1): k-means in each subspace.
    ///
    /// The same input and seed give the same codebook with any number of threads. O(n · d · K)
    /// for each iteration, on a sample of at most 256 · K residuals.
    ///
    /// - Parameter rotation: the axes to divide the residuals along; nil for their components.
    package static func train(
        residuals: Matrix, shape: Shape, rotation: Rotation? = nil, seed: UInt64,
        iterationLimit: Int = 20, threads: Int
    ) -> ProductQuantizer {
        precondition(
            residuals.columnCount == shape.dimension && residuals.rowCount > 0,
            """
            \(residuals.rowCount) residuals of dimension \(residuals.columnCount) to train for \
            \(shape.dimension)
            """
        )
        var random = RandomSource(seed: seed)
        let rows = random.sample(
            pointsPerCodeword * shape.codewordCount, below: residuals.rowCount)
        let sample = rotated(residuals, rows: rows, by: rotation)
        let seeds = (0..<shape.subspaceCount).map { _ in random.next() }

        let (s, K) = (shape.subspaceDimension, shape.codewordCount)
        var codebook = [Float](repeating: 0, count: shape.codebookCount)
        codebook.withUnsafeMutableBufferPointer { codebook in
            // Each subspace writes its own part.
            nonisolated(unsafe) let codebook = codebook
            parallelFor(shape.subspaceCount, threads: threads) { m in
                let points = subvectors(m, of: sample, shape: shape)
                let trained = KMeans(
                    centroidCount: K, iterationLimit: iterationLimit, seed: seeds[m], threads: 1
                ).train(points).centroids.matrix
                for j in 0..<K {
                    for t in 0..<s { codebook[(m * s + t) * K + j] = trained[j, t] }
                }
            }
        }
        return ProductQuantizer(shape: shape, codebook: codebook, rotation: rotation)
    }

    /// Some rows, along the axes of a rotation if there is one.
    private static func rotated(
        _ residuals: Matrix, rows: [Int], by rotation: Rotation?
    ) -> Matrix {
        let dimension = residuals.columnCount
        var result = Matrix(rowCount: rows.count, columnCount: dimension)
        residuals.values.withUnsafeBufferPointer { values in
            result.values.withUnsafeMutableBufferPointer { out in
                guard let start = values.baseAddress, let out = out.baseAddress else { return }
                for (index, row) in rows.enumerated() {
                    (out + index * dimension).update(
                        from: start + row * dimension, count: dimension)
                }
                rotation?.apply(toRows: out, count: rows.count, stride: dimension)
            }
        }
        return result
    }

    /// The m-th subvectors of all rows, padded with zeros.
    private static func subvectors(_ m: Int, of sample: Matrix, shape: Shape) -> Matrix {
        let s = shape.subspaceDimension
        let width = max(0, min(s, shape.dimension - m * s))
        var result = Matrix(rowCount: sample.rowCount, columnCount: s)
        for row in 0..<sample.rowCount {
            let start = row * shape.dimension + m * s
            for t in 0..<width { result.values[row * s + t] = sample.values[start + t] }
        }
        return result
    }
}
