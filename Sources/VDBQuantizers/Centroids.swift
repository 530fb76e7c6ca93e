package import VDBPrimitives

/// k centroids, ready to be compared with queries and points.
///
/// Once points have been compared with all of them, or a norm was asked for, they are kept in
/// panels of 16 side by side too, which the kernels read without ever adding across a register:
/// twice the memory, several times the speed.
package struct Centroids: Sendable {
    /// k × d.
    package let matrix: Matrix
    private let packed = OnDemand<CentroidPanels>()

    /// Points that one thread takes at a time; the kernel's own blocks are 84 points.
    private static let chunkSize = 84 * 12

    /// The number of centroids, k.
    package var count: Int { matrix.rowCount }
    /// The dimension of each, d.
    package var dimension: Int { matrix.columnCount }

    /// At least one centroid of at least one dimension.
    package init(_ matrix: Matrix) {
        precondition(
            matrix.rowCount > 0 && matrix.columnCount > 0,
            "\(matrix.rowCount) centroids of dimension \(matrix.columnCount)")
        self.matrix = matrix
    }

    private var panels: CentroidPanels { packed.value { CentroidPanels(matrix) } }

    /// The values of `matrix` in place.
    func withRows<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        matrix.values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else {
                preconditionFailure("centroids without values")
            }
            return body(start)
        }
    }

    /// Writes the distances of a query [d] to all centroids: the negated inner product for that
    /// metric, squared Euclidean for the others (the cosine quantizes normalized vectors).
    ///
    /// `distances` has room for `count`. O(k · d), on the calling thread.
    package func distances(
        to query: UnsafePointer<Float>, metric: Metric,
        into distances: UnsafeMutablePointer<Float>
    ) {
        guard metric.ofLists == .innerProduct else {
            CentroidKernel.squaredDistances(
                query, panels.values, count: count, dimension: dimension, into: distances)
            return
        }
        CentroidKernel.products(
            query, panels.values, count: count, dimension: dimension, into: distances)
        for i in 0..<count { distances[i] = -distances[i] }
    }

    /// The distance of a query [d] to one centroid, as `distances` gives it.
    package func distance(
        to query: UnsafePointer<Float>, _ index: Int, metric: Metric
    ) -> Float {
        precondition(index >= 0 && index < count, "centroid \(index) of \(count)")
        return withRows { rows in
            let centroid = rows + index * dimension
            return metric.ofLists == .euclidean
                ? VectorKernel.squaredDistance(query, centroid, dimension)
                : -VectorKernel.product(query, centroid, dimension)
        }
    }

    /// The squared Euclidean distance between two centroids.
    package func squaredDistance(_ first: Int, _ second: Int) -> Float {
        precondition(
            first >= 0 && first < count && second >= 0 && second < count,
            "centroids \(first) and \(second) of \(count)")
        return withRows { rows in
            VectorKernel.squaredDistance(
                rows + first * dimension, rows + second * dimension, dimension)
        }
    }

    /// The squared norm of a centroid.
    package func squaredNorm(_ index: Int) -> Float {
        precondition(index >= 0 && index < count, "centroid \(index) of \(count)")
        return panels.norms[index]
    }

    /// By what β counts in estimates of inner products in the list of a centroid c: ⟨q, c⟩ / ‖c‖²,
    /// the share of c in the query, or 0 where that is negative.
    ///
    /// β is what the error of a code does to the product with c. Without it, an error e changes
    /// ⟨q, x⟩ by ⟨q, e⟩; with it, only what is orthogonal to c in the query counts.
    ///
    /// - Parameter base: −⟨q, c⟩.
    package func betaFactor(_ index: Int, base: Float) -> Float {
        let square = squaredNorm(index)
        return square > 0 ? max(-base / square, 0) : 0
    }

    /// The nearest centroid of each of `pointCount` points, `stride` floats apart, by squared
    /// Euclidean distance; the first of equally near ones.
    ///
    /// `distances` may be nil. The result does not depend on the number of threads.
    package func nearest(
        _ points: UnsafePointer<Float>, pointCount: Int, stride: Int, threads: Int,
        indices: UnsafeMutablePointer<UInt32>, distances: UnsafeMutablePointer<Float>?
    ) {
        precondition(stride >= dimension, "rows \(stride) apart of dimension \(dimension)")
        // Each chunk reads its own points and writes its own results.
        nonisolated(unsafe) let (points, indices, distances) = (points, indices, distances)
        let panels = panels
        let chunkCount = (pointCount + Self.chunkSize - 1) / Self.chunkSize
        parallelFor(chunkCount, threads: threads) { chunk in
            let start = chunk * Self.chunkSize
            CentroidKernel.assign(
                points + start * stride, pointCount: min(Self.chunkSize, pointCount - start),
                stride: stride, dimension: dimension, panels: panels.values,
                norms: panels.norms, count: count,
                indices: indices + start, distances: distances.map { $0 + start })
        }
    }

    /// The same for the rows of a matrix.
    package func nearest(_ points: Matrix, threads: Int) -> Assignment {
        precondition(
            points.columnCount == dimension,
            "points of dimension \(points.columnCount), centroids of \(dimension)")
        var result = Assignment(
            indices: [UInt32](repeating: 0, count: points.rowCount),
            distances: [Float](repeating: 0, count: points.rowCount))
        points.values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            nearest(
                start, pointCount: points.rowCount, stride: dimension, threads: threads,
                indices: &result.indices, distances: &result.distances)
        }
        return result
    }
}

/// Centroids side by side, and their squared norms.
private final class CentroidPanels: Sendable {
    let values: [Float]
    let norms: [Float]

    init(_ matrix: Matrix) { (values, norms) = CentroidKernel.pack(matrix) }
}

/// Which centroid is nearest to each point, and its squared Euclidean distance.
package struct Assignment: Sendable {
    package var indices: [UInt32]
    package var distances: [Float]

    /// The sum of all distances.
    package var error: Double { distances.reduce(0) { $0 + Double($1) } }
}
