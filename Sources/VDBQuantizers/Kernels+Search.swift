internal import CVDBKernels
package import VDBPrimitives

// Continues Kernels.swift with the kernels that only a search uses.

/// Kernels of centroids in 8 bits.
enum ByteCentroidKernel {
    /// Centroids, in rows of `rowSize`, as panels, and the sum of each one's components.
    static func pack(
        _ centroids: UnsafePointer<Int8>, count: Int, dimension: Int
    ) -> (panels: [Int8], sums: [Int32]) {
        var panels = [Int8](repeating: 0, count: vdb_byte_panels_size(count, dimension))
        var sums = [Int32](repeating: 0, count: vdb_padded_count(count))
        vdb_pack_byte_panels(centroids, count, dimension, &panels, &sums)
        return (panels, sums)
    }

    /// Bytes of a vector of 8-bit components, zeros up to a multiple of 4 included.
    static func rowSize(dimension: Int) -> Int { (dimension + 3) / 4 * 4 }

    /// A query less `mean` in bytes, and the size of their steps.
    static func quantize(
        _ query: UnsafePointer<Float>, mean: [Float], into bytes: UnsafeMutablePointer<Int8>
    ) -> Float {
        var scale: Float = 0
        vdb_quantize_query(query, mean, mean.count, bytes, &scale)
        return scale
    }

    /// The greatest magnitude of a component of `vector − mean`.
    static func greatestDifference(_ vector: UnsafePointer<Float>, mean: [Float]) -> Float {
        vdb_greatest_difference(vector, mean, mean.count)
    }

    /// A centroid less `mean` in bytes, each so many to a unit, and the sum of their squares.
    static func quantize(
        _ centroid: UnsafePointer<Float>, mean: [Float], steps: Float,
        into bytes: UnsafeMutablePointer<Int8>
    ) -> Int {
        Int(vdb_quantize_steps(centroid, mean, mean.count, steps, bytes))
    }

    /// The place of the least key of each of `count` queries, one after the other.
    static func nearest(
        _ queries: UnsafePointer<Int8>, count: Int, panels: [Int8], sums: [Int32],
        offsets: [Float], factors: UnsafePointer<Float>, dimension: Int,
        into places: UnsafeMutablePointer<UInt32>, keys: UnsafeMutablePointer<Float>
    ) {
        vdb_nearest_keys(
            queries, count, panels, sums, offsets, factors, offsets.count, dimension, places, keys)
    }

    /// `offsets[c] − factor · ⟨query, c⟩` for the centroids c at some places, the first of which
    /// begins a panel.
    static func keys(
        _ query: UnsafePointer<Int8>, panels: [Int8], sums: [Int32], offsets: [Float],
        places: Range<Int>, factor: Float, dimension: Int, into keys: UnsafeMutablePointer<Float>
    ) {
        let panelSize = panels.count / (sums.count / panelWidth)
        panels.withUnsafeBufferPointer { panels in
            sums.withUnsafeBufferPointer { sums in
                offsets.withUnsafeBufferPointer { offsets in
                    guard let panels = panels.baseAddress, let sums = sums.baseAddress,
                        let offsets = offsets.baseAddress
                    else { return }
                    let first = places.lowerBound
                    vdb_centroid_keys(
                        query, panels + first / panelWidth * panelSize, sums + first,
                        offsets + first, factor, places.count, dimension, keys)
                }
            }
        }
    }

    /// The keys of all centroids for `count` queries, one after the other.
    static func keys(
        ofQueries queries: UnsafePointer<Int8>, count: Int, panels: [Int8], sums: [Int32],
        offsets: [Float], factors: UnsafePointer<Float>, dimension: Int,
        into keys: UnsafeMutablePointer<Float>
    ) {
        vdb_many_centroid_keys(
            queries, count, panels, sums, offsets, factors, offsets.count, dimension, keys)
    }

    /// Centroids that stand side by side.
    static let panelWidth = 16
}

/// Choosing the smallest of many keys, each with a value.
package enum SelectionKernel {
    /// Copies the pairs with the smallest keys, in the order that they have: all if there are at
    /// most `limit`, else between `wanted` and `limit` of them.
    ///
    /// - Parameters:
    ///   - values: nil stands for 0, 1, 2 …
    ///   - outKeys: room for what is copied; it may be `keys`, as `outValues` may be `values`.
    /// - Returns: how many, and the bound that later keys must be below to be among the smallest.
    package static func select(
        _ keys: UnsafePointer<Float>, _ values: UnsafePointer<UInt32>?, count: Int, wanted: Int,
        limit: Int, into outKeys: UnsafeMutablePointer<Float>,
        _ outValues: UnsafeMutablePointer<UInt32>
    ) -> (count: Int, bound: Float) {
        precondition(wanted >= 1 && wanted <= limit, "\(wanted) to \(limit) keys of \(count)")
        var bound: Float = 0
        let kept = vdb_select_smallest(
            keys, values, count, wanted, limit, outKeys, outValues, &bound)
        return (kept, bound)
    }

    /// Copies pairs in ascending order of their keys; O(n²/16), for some hundred of them.
    package static func order(
        _ keys: UnsafePointer<Float>, _ values: UnsafePointer<UInt32>, count: Int,
        into outKeys: UnsafeMutablePointer<Float>, _ outValues: UnsafeMutablePointer<UInt32>
    ) {
        vdb_order_pairs(keys, values, count, outKeys, outValues)
    }

    /// Writes the positions of the keys that are at most `bound`, ascending, and returns how many
    /// there are; `positions` has room for `count`.
    package static func within(
        _ bound: Float, _ keys: UnsafePointer<Float>, count: Int,
        into positions: UnsafeMutablePointer<UInt32>
    ) -> Int {
        vdb_select_within(keys, count, bound, positions)
    }

    /// Asks for the cache line at an address.
    @inline(__always)
    package static func prefetch(_ address: UnsafeRawPointer) { vdb_prefetch(address) }

    /// Asks for the cache lines of a run of bytes.
    package static func prefetch(_ address: UnsafeRawPointer, size: Int) {
        vdb_prefetch_run(address, size)
    }
}

/// Looking over the components of a vector.
package enum ComponentKernel {
    /// The bits of the greatest magnitude; infinity is above all numbers, and NaN above infinity.
    package static func greatestMagnitude(_ components: UnsafePointer<Float>, count: Int) -> UInt32
    {
        vdb_greatest_magnitude(components, count)
    }
}

/// Distances in integers, for queries whose components are whole.
package enum IntegerKernel {
    /// Components up to which sums fit 32 bits.
    package static let dimensionLimit = 32_768

    /// The query as integers, if all its components are whole and within the range of `element`,
    /// an integer type.
    package static func exactly(
        _ query: UnsafePointer<Float>, count: Int, element: ElementType,
        into integers: UnsafeMutablePointer<Int16>
    ) -> Bool {
        guard let range = element.integerRange, count <= dimensionLimit else { return false }
        return vdb_to_i16(query, count, range.lowerBound, range.upperBound, integers) == 1
    }

    /// The distances to `count` vectors anywhere, of an integer type; only the cosine looks at the
    /// query's norm.
    package static func distances(
        _ metric: Metric, _ element: ElementType, query: UnsafePointer<Int16>, queryNorm: Float,
        gathering rows: UnsafePointer<UnsafeRawPointer?>, count: Int, dimension: Int,
        into distances: UnsafeMutablePointer<Float>
    ) {
        let code = element == .int8 ? VDB_INT8 : VDB_UINT8
        switch metric {
        case .euclidean, .hamming: vdb_l2_integers(code, query, rows, count, dimension, distances)
        case .innerProduct:
            vdb_ip_integers(code, query, rows, count, dimension, distances)
            for i in 0..<count { distances[i] = -distances[i] }
        case .cosine:
            DistanceKernel.cosines(count: count, queryNorm: queryNorm, into: distances) {
                start, count, pairs in
                vdb_dot_norm_integers(code, query, rows + start, count, dimension, pairs)
            }
        }
    }

    /// The same for `count` vectors one after the other.
    package static func distances(
        _ metric: Metric, _ element: ElementType, query: UnsafePointer<Int16>, queryNorm: Float,
        rows: UnsafeRawPointer, count: Int, dimension: Int,
        into distances: UnsafeMutablePointer<Float>
    ) {
        let code = element == .int8 ? VDB_INT8 : VDB_UINT8
        switch metric {
        case .euclidean, .hamming:
            vdb_l2_integer_rows(code, query, rows, dimension, count, dimension, distances)
        case .innerProduct:
            vdb_ip_integer_rows(code, query, rows, dimension, count, dimension, distances)
            for i in 0..<count { distances[i] = -distances[i] }
        case .cosine:
            DistanceKernel.cosines(count: count, queryNorm: queryNorm, into: distances) {
                start, count, pairs in
                vdb_dot_norm_integer_rows(
                    code, query, rows + start * dimension, dimension, count, dimension, pairs)
            }
        }
    }
}
