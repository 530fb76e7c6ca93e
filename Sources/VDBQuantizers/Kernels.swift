internal import CVDBKernels
package import VDBPrimitives

// The only file here that calls C. `vdb_kernels.h` is the manual of what is behind these wrappers:
// shapes, tolerances, and the layout of 4-bit groups, which is an on-disk format.

extension ElementType {
    fileprivate var code: vdb_element { vdb_element(UInt32(rawValue)) }
}

/// The instruction set in use.
package enum KernelLevel {
    /// Its name: `scalar`, `neon`, `avx2`, `avx512` or `avx512vbmi`.
    package static var name: String {
        vdb_kernels_name(vdb_kernels_level()).map { String(cString: $0) } ?? "unknown"
    }
}

/// Exact distances of a float32 query to stored vectors of any element type but bits, which have
/// kernels of their own (``HammingKernel``).
///
/// Distances are those of ``Metric``: smaller is nearer. `queryNorm` is ‖q‖, which only the cosine
/// looks at. Stored vectors need no alignment. A stored zero vector has cosine distance 1.
package enum DistanceKernel {
    /// The distance to one vector of `dimension` elements.
    package static func distance(
        _ metric: Metric, _ element: ElementType, query: UnsafePointer<Float>, queryNorm: Float,
        vector: UnsafeRawPointer, dimension: Int
    ) -> Float {
        precondition(element != .bit, "float32 distances of \(element) by \(metric)")
        switch (metric == .hamming ? .euclidean : metric, element) {
        case (.euclidean, .float32): return vdb_l2_f32(query, vector, dimension)
        case (.euclidean, .float16): return vdb_l2_f16(query, vector, dimension)
        case (.euclidean, .int8): return vdb_l2_i8(query, vector, dimension)
        case (.euclidean, .uint8): return vdb_l2_u8(query, vector, dimension)
        case (.innerProduct, .float32): return -vdb_ip_f32(query, vector, dimension)
        case (.innerProduct, .float16): return -vdb_ip_f16(query, vector, dimension)
        case (.innerProduct, .int8): return -vdb_ip_i8(query, vector, dimension)
        case (.innerProduct, .uint8): return -vdb_ip_u8(query, vector, dimension)
        case (.cosine, _):
            return withUnsafeTemporaryAllocation(of: Float.self, capacity: 2) { pair in
                pair[0] = 0
                pair[1] = 0
                guard let out = pair.baseAddress else { return 1 }
                switch element {
                case .float32: vdb_dot_norm_f32(query, vector, dimension, out)
                case .float16: vdb_dot_norm_f16(query, vector, dimension, out)
                case .int8: vdb_dot_norm_i8(query, vector, dimension, out)
                case .uint8: vdb_dot_norm_u8(query, vector, dimension, out)
                case .bit: break
                }
                return cosineDistance(product: out[0], squaredNorm: out[1], queryNorm: queryNorm)
            }
        case (_, .bit), (.hamming, _): return .nan
        }
    }

    /// The distances to `count` vectors that start `stride` bytes apart.
    package static func distances(
        _ metric: Metric, _ element: ElementType, query: UnsafePointer<Float>, queryNorm: Float,
        rows: UnsafeRawPointer, stride: Int, count: Int, dimension: Int,
        into distances: UnsafeMutablePointer<Float>
    ) {
        precondition(element != .bit, "float32 distances of \(element) by \(metric)")
        switch metric {
        case .euclidean, .hamming:
            vdb_l2_rows(element.code, query, rows, stride, count, dimension, distances)
        case .innerProduct:
            vdb_ip_rows(element.code, query, rows, stride, count, dimension, distances)
            for i in 0..<count { distances[i] = -distances[i] }
        case .cosine:
            cosines(count: count, queryNorm: queryNorm, into: distances) { start, count, pairs in
                vdb_dot_norm_rows(
                    element.code, query, rows + start * stride, stride, count, dimension, pairs)
            }
        }
    }

    /// The distances to `count` vectors anywhere, which are prefetched in turn. No pointer is nil.
    package static func distances(
        _ metric: Metric, _ element: ElementType, query: UnsafePointer<Float>, queryNorm: Float,
        gathering rows: UnsafePointer<UnsafeRawPointer?>, count: Int, dimension: Int,
        into distances: UnsafeMutablePointer<Float>
    ) {
        precondition(element != .bit, "float32 distances of \(element) by \(metric)")
        switch metric {
        case .euclidean, .hamming:
            vdb_l2_gather(element.code, query, rows, count, dimension, distances)
        case .innerProduct:
            vdb_ip_gather(element.code, query, rows, count, dimension, distances)
            for i in 0..<count { distances[i] = -distances[i] }
        case .cosine:
            cosines(count: count, queryNorm: queryNorm, into: distances) { start, count, pairs in
                vdb_dot_norm_gather(
                    element.code, query, rows + start, count, dimension, pairs)
            }
        }
    }

    /// Turns products and squared norms, made in batches, into cosine distances.
    static func cosines(
        count: Int, queryNorm: Float, into distances: UnsafeMutablePointer<Float>,
        _ body: (_ start: Int, _ count: Int, _ pairs: UnsafeMutablePointer<Float>) -> Void
    ) {
        let batch = 64
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * batch) { memory in
            guard let pairs = memory.baseAddress else { return }
            for start in stride(from: 0, to: count, by: batch) {
                let size = min(batch, count - start)
                body(start, size, pairs)
                vdb_cosines(pairs, size, queryNorm, distances + start)
            }
        }
    }

    private static func cosineDistance(
        product: Float, squaredNorm: Float, queryNorm: Float
    ) -> Float {
        let norms = queryNorm * squaredNorm.squareRoot()
        return norms > 0 ? 1 - product / norms : 1
    }
}

/// Sums over float32 vectors.
package enum VectorKernel {
    /// Σ a·b.
    package static func product(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
    ) -> Float { vdb_ip_f32(a, b, count) }

    /// Σ (a − b)².
    package static func squaredDistance(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
    ) -> Float { vdb_l2_f32(a, b, count) }
}

/// Between float32 and the stored element types.
package enum ConversionKernel {
    /// `count` stored elements as float32; bits from the first of a byte on.
    package static func decode(
        _ element: ElementType, _ stored: UnsafeRawPointer, count: Int,
        into floats: UnsafeMutablePointer<Float>
    ) {
        switch element {
        case .float32:
            UnsafeMutableRawPointer(floats).copyMemory(from: stored, byteCount: 4 * count)
        case .float16: vdb_to_f32_f16(stored, count, floats)
        case .int8: vdb_to_f32_i8(stored, count, floats)
        case .uint8: vdb_to_f32_u8(stored, count, floats)
        case .bit: vdb_to_f32_bits(stored, count, floats)
        }
    }

    /// `count` float32 as stored elements: the nearest, ties to even; integers saturate. Bits fill
    /// whole bytes, with zeros behind the last.
    package static func encode(
        _ element: ElementType, _ floats: UnsafePointer<Float>, count: Int,
        into stored: UnsafeMutableRawPointer
    ) {
        switch element {
        case .float32: stored.copyMemory(from: floats, byteCount: 4 * count)
        case .float16: vdb_from_f32_f16(floats, count, stored)
        case .int8: vdb_from_f32_i8(floats, count, stored)
        case .uint8: vdb_from_f32_u8(floats, count, stored)
        case .bit: vdb_from_f32_bits(floats, count, stored)
        }
    }
}

/// Centroids side by side in panels of 16.
package enum CentroidKernel {
    /// `count` rounded up to whole panels.
    package static func paddedCount(_ count: Int) -> Int { vdb_padded_count(count) }

    /// Row-major centroids as panels, and their squared norms.
    static func pack(_ centroids: Matrix) -> (panels: [Float], norms: [Float]) {
        let padded = paddedCount(centroids.rowCount)
        var panels = [Float](repeating: 0, count: padded * centroids.columnCount)
        var norms = [Float](repeating: 0, count: padded)
        vdb_pack_panels(
            centroids.values, centroids.rowCount, centroids.columnCount, &panels, &norms)
        return (panels, norms)
    }

    /// Squared Euclidean distances of one query.
    static func squaredDistances(
        _ query: UnsafePointer<Float>, _ panels: [Float], count: Int, dimension: Int,
        into out: UnsafeMutablePointer<Float>
    ) { vdb_centroid_l2(query, panels, count, dimension, out) }

    /// Inner products of one query.
    static func products(
        _ query: UnsafePointer<Float>, _ panels: [Float], count: Int, dimension: Int,
        into out: UnsafeMutablePointer<Float>
    ) { vdb_centroid_ip(query, panels, count, dimension, out) }

    /// The same of `rowCount` rows, `stride` floats apart; the results lie `count` apart.
    static func products(
        rows: UnsafePointer<Float>, rowCount: Int, stride: Int, _ panels: [Float], count: Int,
        dimension: Int, into out: UnsafeMutablePointer<Float>
    ) { vdb_row_products(rows, rowCount, stride, panels, count, dimension, out, count) }

    /// Adds a point to the sums that become a mean.
    static func add(
        _ point: UnsafePointer<Float>, dimension: Int, to sums: UnsafeMutablePointer<Double>
    ) { vdb_add_to_sums(point, dimension, sums) }

    /// The nearest centroid of each of `pointCount` points, `stride` floats apart.
    static func assign(
        _ points: UnsafePointer<Float>, pointCount: Int, stride: Int, dimension: Int,
        panels: [Float], norms: [Float], count: Int,
        indices: UnsafeMutablePointer<UInt32>, distances: UnsafeMutablePointer<Float>?
    ) {
        withUnsafeTemporaryAllocation(
            of: Float.self, capacity: vdb_assign_scratch_count(dimension)
        ) { scratch in
            vdb_assign(
                points, pointCount, stride, dimension, panels, norms, count, indices, distances,
                scratch.baseAddress)
        }
    }
}
