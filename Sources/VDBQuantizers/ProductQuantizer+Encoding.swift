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
                        let residual = start + (first + i) * shape.dimension
                        let row = rows + i * shape.paddedDimension
                        if let rotation {
                            rotation.apply(to: residual, into: row)
                        } else {
                            row.update(from: residual, count: shape.dimension)
                        }
                    }
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
        var corrections = [Float](repeating: 0, count: 2 * count)
        codes.withUnsafeMutableBufferPointer { codes in
            corrections.withUnsafeMutableBufferPointer { corrections in
                vectors.values.withUnsafeBufferPointer { values in
                    centroids.matrix.values.withUnsafeBufferPointer { centers in
                        // Each chunk reads its own vectors and writes its own results.
                        nonisolated(unsafe) let corrections = corrections
                        nonisolated(unsafe) let out = codes.baseAddress
                        nonisolated(unsafe) let starts = (values.baseAddress, centers.baseAddress)
                        forEachChunk(of: count, threads: threads) { first, size, rows in
                            guard let out, let vectors = starts.0, let centers = starts.1 else {
                                return
                            }
                            for i in 0..<size {
                                subtract(
                                    centers + Int(assignment[first + i]) * dimension,
                                    from: vectors + (first + i) * dimension,
                                    into: rows + i * shape.paddedDimension)
                            }
                            let chunkCodes = out + first * shape.subspaceCount
                            encodePadded(rows, count: size, into: chunkCodes)
                            correct(
                                rows, codes: chunkCodes, count: size, metric: metric,
                                center: { centers + Int(assignment[first + $0]) * dimension },
                                alpha: { corrections[first + $0] = $1 },
                                beta: { corrections[count + first + $0] = $1 })
                        }
                    }
                }
            }
        }
        return Encoded(
            codes: codes, alpha: Array(corrections.prefix(count)),
            beta: Array(corrections.suffix(count)))
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

    /// Writes the residual of a vector along the axes that it is encoded in.
    private func subtract(
        _ center: UnsafePointer<Float>, from vector: UnsafePointer<Float>,
        into row: UnsafeMutablePointer<Float>
    ) {
        for t in 0..<shape.dimension { row[t] = vector[t] - center[t] }
        guard let rotation else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.dimension) { rotated in
            guard let rotated = rotated.baseAddress else { return }
            rotation.apply(to: row, into: rotated)
            row.update(from: rotated, count: shape.dimension)
        }
    }

    /// ⟨c, v⟩, where v is given along the axes of the codes.
    private func shift(
        _ center: UnsafePointer<Float>, _ vector: UnsafePointer<Float>
    ) -> Float {
        guard let rotation else { return VectorKernel.product(center, vector, shape.dimension) }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.dimension) {
            guard let rotated = $0.baseAddress else { return 0 }
            rotation.apply(to: center, into: rotated)
            return VectorKernel.product(rotated, vector, shape.dimension)
        }
    }

    private func encodePadded(
        _ rows: UnsafePointer<Float>, count: Int, into codes: UnsafeMutablePointer<UInt8>
    ) {
        CodeKernel.encode(
            rows, count: count, stride: shape.paddedDimension, codebook: codebook,
            halfNorms: halfNorms, shape: shape, into: codes)
    }

    /// Computes α and β of encoded residuals.
    private func correct(
        _ rows: UnsafePointer<Float>, codes: UnsafePointer<UInt8>, count: Int, metric: Metric,
        center: (Int) -> UnsafePointer<Float>,
        alpha: (Int, Float) -> Void, beta: (Int, Float) -> Void
    ) {
        let width = shape.paddedDimension
        withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { decoded in
            guard let decoded = decoded.baseAddress else { return }
            for i in 0..<count {
                let row = rows + i * width
                decode(codes + i * shape.subspaceCount, into: decoded)
                let squaredNorm = VectorKernel.product(row, row, width)
                let factor = Self.alpha(
                    squaredNorm: squaredNorm, product: VectorKernel.product(row, decoded, width),
                    decodedSquaredNorm: VectorKernel.product(decoded, decoded, width))
                alpha(i, factor)
                if metric.ofLists == .euclidean {
                    beta(i, squaredNorm + 2 * factor * shift(center(i), decoded))
                } else {
                    for t in 0..<shape.dimension { decoded[t] = factor * decoded[t] - row[t] }
                    beta(i, shift(center(i), decoded))
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
