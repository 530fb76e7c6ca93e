package import VDBPrimitives
internal import VDBQuantizers

/// Exact distances of one query to stored vectors, under the metric of the database.
package struct ExactDistance: Sendable {
    /// The query as it was asked for.
    package let query: [Float]
    package let queryNorm: Float
    package let shape: RecordShape
    /// The query as bits, if the vectors are; else empty.
    package let bits: [UInt8]

    package init(query: [Float], shape: RecordShape) {
        precondition(
            query.count == shape.dimension, "a query of \(query.count) in \(shape.dimension)")
        self.query = query
        self.shape = shape
        // Only the cosine looks at it.
        queryNorm =
            shape.metric == .cosine
            ? VectorKernel.product(query, query, query.count).squareRoot() : 0
        bits =
            shape.element == .bit
            ? [UInt8](unsafeUninitializedCapacity: shape.vectorSize) { bytes, written in
                if let start = bytes.baseAddress {
                    ConversionKernel.encode(.bit, query, count: query.count, into: start)
                }
                written = shape.vectorSize
            } : []
    }

    /// Distances to `count` vectors that lie one after the other; `integers` as in `gathering`.
    package func toRows(
        _ rows: UnsafeRawPointer, count: Int, element: ElementType,
        integers: UnsafePointer<Int16>?, into distances: UnsafeMutablePointer<Float>
    ) {
        if element == .bit {
            HammingKernel.distances(
                bits, rows: rows, stride: bits.count, count: count, size: bits.count,
                into: distances)
            return
        }
        if let integers {
            IntegerKernel.distances(
                shape.metric, element, query: integers, queryNorm: queryNorm, rows: rows,
                count: count, dimension: shape.dimension, into: distances)
            return
        }
        query.withUnsafeBufferPointer { query in
            guard let start = query.baseAddress else { return }
            DistanceKernel.distances(
                shape.metric, element, query: start, queryNorm: queryNorm, rows: rows,
                stride: element.vectorSize(dimension: shape.dimension), count: count,
                dimension: shape.dimension, into: distances)
        }
    }

    /// Distances to `count` vectors anywhere.
    ///
    /// - Parameters:
    ///   - element: the element type that they are stored in.
    ///   - integers: the query as integers of that type, if it can be.
    package func gathering(
        _ vectors: UnsafePointer<UnsafeRawPointer?>, count: Int,
        element: ElementType, integers: UnsafePointer<Int16>?,
        into distances: UnsafeMutablePointer<Float>
    ) {
        if element == .bit {
            HammingKernel.distances(
                bits, gathering: vectors, count: count, size: bits.count, into: distances)
            return
        }
        if let integers {
            IntegerKernel.distances(
                shape.metric, element, query: integers, queryNorm: queryNorm,
                gathering: vectors, count: count, dimension: shape.dimension, into: distances)
            return
        }
        query.withUnsafeBufferPointer { query in
            guard let start = query.baseAddress else { return }
            DistanceKernel.distances(
                shape.metric, element, query: start, queryNorm: queryNorm,
                gathering: vectors, count: count, dimension: shape.dimension, into: distances)
        }
    }

    /// Writes the query as integers, if distances to vectors of an element type can be computed
    /// with them; else false.
    package func writeIntegers(
        _ element: ElementType, into integers: UnsafeMutablePointer<Int16>
    ) -> Bool {
        guard element.integerRange != nil else { return false }
        return IntegerKernel.exactly(
            query, count: shape.dimension, element: element, into: integers)
    }
}
