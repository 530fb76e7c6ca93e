package import VDBPrimitives
internal import VDBQuantizers

/// Exact distances of one query to stored vectors, under the metric of the database.
package struct ExactDistance: Sendable {
    /// The query as it was asked for.
    package let query: [Float]
    package let queryNorm: Float
    package let shape: RecordShape

    package init(query: [Float], shape: RecordShape) {
        precondition(
            query.count == shape.dimension, "a query of \(query.count) in \(shape.dimension)")
        self.query = query
        self.shape = shape
        queryNorm = query.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// Distances to `count` vectors that lie one after the other.
    package func toRows(
        _ rows: UnsafeRawPointer, count: Int, into distances: UnsafeMutablePointer<Float>
    ) {
        query.withUnsafeBufferPointer { query in
            guard let start = query.baseAddress else { return }
            DistanceKernel.distances(
                shape.metric, shape.element, query: start, queryNorm: queryNorm, rows: rows,
                stride: shape.vectorSize, count: count, dimension: shape.dimension,
                into: distances)
        }
    }

    /// Distances to vectors anywhere.
    package func gathering(
        _ vectors: [UnsafeRawPointer?], into distances: inout [Float]
    ) {
        let count = vectors.count
        query.withUnsafeBufferPointer { query in
            vectors.withUnsafeBufferPointer { vectors in
                distances.withUnsafeMutableBufferPointer { distances in
                    guard let start = query.baseAddress, let rows = vectors.baseAddress,
                        let out = distances.baseAddress, distances.count >= count
                    else { return }
                    DistanceKernel.distances(
                        shape.metric, shape.element, query: start, queryNorm: queryNorm,
                        gathering: rows, count: count, dimension: shape.dimension, into: out)
                }
            }
        }
    }
}
