package import VDBPrimitives

/// The centroids once more in 8 bits, which tell at a quarter of the memory traffic which lists
/// are near.
///
/// Derived from the centroids, never stored. Components are taken less their mean, so that the 8
/// bits say how centroids differ; the error of a key is a small part of the distance, and what is
/// estimated from a list begins with the exact distance to its centroid.
package struct ByteCentroids: Sendable {
    private let panels: [Int8]
    private let sums: [Int32]
    /// What is subtracted from a query: the mean, or nothing where only products count, which the
    /// mean changes by the same for all centroids.
    private let shift: [Float]
    /// ‖ĉ‖² of the quantized centroids, less their mean, for the Euclidean distance; else 0.
    private let offsets: [Float]
    private let mean: [Float]
    /// The size of a step of the centroids.
    private let step: Float
    private let isEuclidean: Bool

    package init(_ centroids: Centroids, metric: Metric) {
        let (count, dimension) = (centroids.count, centroids.dimension)
        isEuclidean = metric.ofLists == .euclidean
        var sums = [Double](repeating: 0, count: dimension)
        for row in 0..<count {
            for (column, value) in centroids.matrix.row(row).enumerated() {
                sums[column] += Double(value)
            }
        }
        let middle = sums.map { Float($0 / Double(count)) }
        var greatest: Float = 0
        for row in 0..<count {
            for (value, mean) in zip(centroids.matrix.row(row), middle) {
                greatest = max(greatest, abs(value - mean))
            }
        }
        let step = greatest / 127
        var bytes = [Int8](repeating: 0, count: count * dimension)
        var norms = [Float](repeating: 0, count: count)
        for row in 0..<count where step > 0 {
            var norm = 0.0
            for (column, value) in centroids.matrix.row(row).enumerated() {
                let steps = ((value - middle[column]) / step).rounded(.toNearestOrEven)
                bytes[row * dimension + column] = Int8(max(-127, min(127, steps)))
                norm += Double(steps * step) * Double(steps * step)
            }
            norms[row] = Float(norm)
        }
        (panels, self.sums) = ByteCentroidKernel.pack(
            bytes, count: count, dimension: dimension)
        shift = isEuclidean ? middle : [Float](repeating: 0, count: dimension)
        offsets = isEuclidean ? norms : [Float](repeating: 0, count: count)
        mean = middle
        self.step = step
    }

    /// Bytes that `keys` needs to work in.
    package var scratchSize: Int { (shift.count + 3) / 4 * 4 }

    /// Mean squared error of a component of a centroid.
    package var squaredError: Float { step * step / 12 }

    /// Writes a key for each centroid that grows with the distance of the query to it.
    ///
    /// - Parameters:
    ///   - bytes: room for `scratchSize`.
    ///   - keys: room for one a centroid.
    /// - Returns: what must be added to a key for the distance itself, but for the rounding to 8
    ///   bits.
    package func keys(
        of query: UnsafePointer<Float>, scratch bytes: UnsafeMutablePointer<Int8>,
        into keys: UnsafeMutablePointer<Float>
    ) -> Float {
        let queryStep = ByteCentroidKernel.quantize(query, mean: shift, into: bytes)
        ByteCentroidKernel.keys(
            bytes, panels: panels, sums: sums, offsets: offsets,
            factor: (isEuclidean ? 2 : 1) * step * queryStep, dimension: shift.count, into: keys)
        return isEuclidean
            ? VectorKernel.squaredDistance(query, mean, mean.count)
            : -VectorKernel.product(query, mean, mean.count)
    }
}
