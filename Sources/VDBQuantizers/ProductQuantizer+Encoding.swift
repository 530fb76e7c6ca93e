package import VDBPrimitives

extension ProductQuantizer {
    /// Codes with the two scalars that make estimates from them unbiased.
    package struct Encoded: Sendable {
        /// n × M bytes, a row for each vector.
        package var codes: [UInt8]
        /// α, n values.
        package var alpha: [Float]
        /// β, n values.
        package var beta: [Float]
        /// ‖r − r̂‖², n values.
        package var errors: [Float]
    }

    /// Rows that a thread encodes at a time.
    private static let chunkSize = 256

    /// The smallest cosine of residual and decoded residual for which α is trusted.
    private static let smallestCosine: Float = 0.1

    /// Encodes residuals (n × d): n × M bytes, the nearest codeword of each subvector.
    package func encode(residuals: Matrix, threads: Int) -> [UInt8] {
        precondition(
            residuals.columnCount == shape.dimension,
            "residuals of dimension \(residuals.columnCount) instead of \(shape.dimension)")
        let count = residuals.rowCount
        var codes = [UInt8](repeating: 0, count: count * shape.subspaceCount)
        codes.withUnsafeMutableBufferPointer { codes in
            residuals.values.withUnsafeBufferPointer { values in
                // Each chunk reads its own rows and writes its own codes.
                nonisolated(unsafe) let (out, start) = (codes.baseAddress, values.baseAddress)
                forEachChunk(of: count, threads: threads) { first, size, rows in
                    guard let out, let start else { return }
                    for i in 0..<size {
                        (rows + i * shape.paddedDimension).update(
                            from: start + (first + i) * shape.dimension, count: shape.dimension)
                    }
                    rotation?.apply(toRows: rows, count: size, stride: shape.paddedDimension)
                    encodePadded(rows, count: size, into: out + first * shape.subspaceCount)
                }
            }
        }
        return codes
    }

    /// Encodes vectors (n × d) as residuals to the centroids that `assignment` names, with the
    /// corrections of the estimate
    ///
    ///     Euclidean      ‖q − x‖² ≈ ‖q − c‖² + β − α · 2⟨q, r̂⟩      β = ‖r‖² + 2 α ⟨c, r̂⟩
    ///     inner product   −⟨q, x⟩ ≈   −⟨q, c⟩ + f β − α · ⟨q, r̂⟩     β = ⟨c, α r̂ − r⟩
    ///
    /// where r = x − c, r̂ is the decoded residual, f = ⟨q, c⟩ / ‖c‖² (see
    /// ``Centroids/betaFactor(_:base:)``) and α = ‖r‖² / ⟨r, r̂⟩, which makes ⟨r, α r̂⟩ exact: the
    /// estimate is unbiased in the direction of r itself. The idea is that of RaBitQ
    /// (J. Gao, C. Long, Proc. ACM Manag. Data 2(3), 2024, doi:10.1145/3654970), here for product
    /// codes. α = 1 where r̂ points too far away from r.
    package func encode(
        _ vectors: Matrix, centroids: Centroids, assignment: [UInt32], metric: Metric, threads: Int
    ) -> Encoded {
        let (count, dimension) = (vectors.rowCount, shape.dimension)
        precondition(
            vectors.columnCount == dimension && centroids.dimension == dimension
                && assignment.count == count,
            """
            \(count) vectors of dimension \(vectors.columnCount), \(assignment.count) assigned \
            to centroids of \(centroids.dimension), for codes of \(dimension)
            """
        )
        precondition(
            assignment.allSatisfy { $0 < centroids.count },
            "assignment beyond \(centroids.count) centroids")
        var codes = [UInt8](repeating: 0, count: count * shape.subspaceCount)
        var figures = [Float](repeating: 0, count: 3 * count)
        codes.withUnsafeMutableBufferPointer { codes in
            figures.withUnsafeMutableBufferPointer { figures in
                vectors.values.withUnsafeBufferPointer { values in
                    centroids.withRows { centers in
                        // Each chunk reads its own vectors and writes its own results.
                        nonisolated(unsafe) let (out, start, centers, figures) = (
                            codes.baseAddress, values.baseAddress, centers, figures.baseAddress
                        )
                        forEachChunk(of: count, threads: threads) { first, size, rows in
                            guard let out, let start, let figures else { return }
                            let corrections = Corrections(
                                alpha: figures + first, beta: figures + count + first,
                                errors: figures + 2 * count + first)
                            encode(
                                start + first * dimension, count: size, in: rows,
                                center: { centers + Int(assignment[first + $0]) * dimension },
                                metric: metric, into: out + first * shape.subspaceCount,
                                corrections)
                        }
                    }
                }
            }
        }
        return Encoded(
            codes: codes, alpha: Array(figures[..<count]), beta: Array(figures[count..<2 * count]),
            errors: Array(figures[(2 * count)...]))
    }

    /// Where α, β and the squared errors of some rows go.
    private struct Corrections {
        let alpha: UnsafeMutablePointer<Float>
        let beta: UnsafeMutablePointer<Float>
        let errors: UnsafeMutablePointer<Float>
    }

    /// Encodes a chunk of vectors.
    ///
    /// - Parameters:
    ///   - rows: zeroed room for their padded residuals.
    ///   - center: the centroid of each.
    private func encode(
        _ vectors: UnsafePointer<Float>, count: Int, in rows: UnsafeMutablePointer<Float>,
        center: (Int) -> UnsafePointer<Float>, metric: Metric,
        into codes: UnsafeMutablePointer<UInt8>, _ corrections: Corrections
    ) {
        let (dimension, width) = (shape.dimension, shape.paddedDimension)
        for i in 0..<count {
            let (vector, center, row) = (vectors + i * dimension, center(i), rows + i * width)
            for t in 0..<dimension { row[t] = vector[t] - center[t] }
        }
        guard let rotation else {
            encodePadded(rows, count: count, into: codes)
            correct(
                rows, codes: codes, count: count, center: center, metric: metric,
                into: corrections)
            return
        }
        rotation.apply(toRows: rows, count: count, stride: width)
        encodePadded(rows, count: count, into: codes)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count * dimension) {
            guard let centers = $0.baseAddress else { return }
            for i in 0..<count {
                (centers + i * dimension).initialize(from: center(i), count: dimension)
            }
            rotation.apply(toRows: centers, count: count, stride: dimension)
            correct(
                rows, codes: codes, count: count,
                center: { UnsafePointer(centers + $0 * dimension) }, metric: metric,
                into: corrections)
        }
    }

    /// Calls `body` for pieces of `count` rows with zeroed room for their padded residuals.
    private func forEachChunk(
        of count: Int, threads: Int,
        _ body: @Sendable (_ first: Int, _ size: Int, _ rows: UnsafeMutablePointer<Float>) -> Void
    ) {
        let chunkCount = (count + Self.chunkSize - 1) / Self.chunkSize
        parallelFor(chunkCount, threads: threads) { chunk in
            let first = chunk * Self.chunkSize
            let size = min(Self.chunkSize, count - first)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: size * shape.paddedDimension) {
                $0.initialize(repeating: 0)
                guard let rows = $0.baseAddress else { return }
                body(first, size, rows)
            }
        }
    }

    private func encodePadded(
        _ rows: UnsafePointer<Float>, count: Int, into codes: UnsafeMutablePointer<UInt8>
    ) {
        CodeKernel.encode(
            rows, count: count, stride: shape.paddedDimension, codebook: codebook,
            halfNorms: halfNorms, shape: shape, into: codes)
    }

    /// Computes α, β and the errors of encoded residuals.
    ///
    /// - Parameter center: the centroid of each, along the axes that the residuals are given in.
    private func correct(
        _ rows: UnsafePointer<Float>, codes: UnsafePointer<UInt8>, count: Int,
        center: (Int) -> UnsafePointer<Float>, metric: Metric, into corrections: Corrections
    ) {
        let (dimension, width) = (shape.dimension, shape.paddedDimension)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { decoded in
            guard let decoded = decoded.baseAddress else { return }
            for i in 0..<count {
                let row = rows + i * width
                decode(codes + i * shape.subspaceCount, into: decoded)
                corrections.errors[i] = VectorKernel.squaredDistance(row, decoded, width)
                let squaredNorm = VectorKernel.product(row, row, width)
                let factor = Self.alpha(
                    squaredNorm: squaredNorm, product: VectorKernel.product(row, decoded, width),
                    decodedSquaredNorm: VectorKernel.product(decoded, decoded, width))
                corrections.alpha[i] = factor
                if metric.ofLists == .euclidean {
                    let shift = VectorKernel.product(center(i), decoded, dimension)
                    corrections.beta[i] = squaredNorm + 2 * factor * shift
                } else {
                    for t in 0..<dimension { decoded[t] = factor * decoded[t] - row[t] }
                    corrections.beta[i] = VectorKernel.product(center(i), decoded, dimension)
                }
            }
        }
    }

    /// ‖r‖² / ⟨r, r̂⟩, or 1 where that is not safely positive and finite.
    private static func alpha(
        squaredNorm: Float, product: Float, decodedSquaredNorm: Float
    ) -> Float {
        let bound = smallestCosine * squaredNorm.squareRoot() * decodedSquaredNorm.squareRoot()
        guard product > bound, product > 0 else { return 1 }
        let alpha = squaredNorm / product
        return alpha.isFinite ? alpha : 1
    }
}
