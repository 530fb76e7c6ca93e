import CVDBKernels
import Testing
import VDBPrimitives

/// `count` components of −127 … 127.
private func randomSteps(_ count: Int, seed: UInt64) -> [Int8] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in Int8(random.next(below: 255) - 127) }
}

extension QuantizerTests {
    @Suite("Kernels of searches")
    struct SearchKernels {
        /// Rows of `d` bytes with zeros behind each, up to a multiple of 4.
        private func padded(_ rows: [Int8], _ d: Int) -> [Int8] {
            let zeros = [Int8](repeating: 0, count: (d + 3) / 4 * 4 - d)
            return stride(from: 0, to: rows.count, by: max(d, 1)).flatMap {
                rows[$0..<$0 + d] + zeros
            }
        }

        @Test("keys of 8-bit centroids equal the formula at every level", arguments: lengths)
        func centroidKeys(d: Int) {
            for k in [1, 15, 16, 17, 33, 48, 63, 64, 65, 100] {
                let centroids = randomSteps(k * d, seed: 1)
                var query = randomSteps(d, seed: 2)
                if d > 0 { (query[0], query[d - 1]) = (127, -127) }
                query += [Int8](repeating: 0, count: (d + 3) / 4 * 4 - d)
                let offsets = randomFloats(k, seed: 3)
                var panels = [Int8](repeating: 99, count: vdb_byte_panels_size(k, d))
                var sums = [Int32](repeating: .max, count: vdb_padded_count(k))
                vdb_pack_byte_panels(padded(centroids, d), k, d, &panels, &sums)
                let expected = (0..<k).map { c in
                    let product = (0..<d).reduce(Int32(0)) {
                        $0 + Int32(query[$1]) * Int32(centroids[c * d + $1])
                    }
                    return offsets[c] - 0.5 * Float(product)
                }
                for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                    let keys = at(level) {
                        var keys = [Float](repeating: .nan, count: k)
                        vdb_centroid_keys(query, panels, sums, offsets, 0.5, k, d, &keys)
                        return keys
                    }
                    #expect(keys == expected)
                }
            }
        }

        @Test("many queries have the keys of each, and the least of these", arguments: lengths)
        func nearestKeys(d: Int) {
            let (n, size) = (13, (d + 3) / 4 * 4)
            for k in [1, 16, 17, 48, 65, 130] {
                // The first centroid stands for the one after it too: the lower index counts.
                var centroids = randomSteps(k * d, seed: 1)
                if k > 1 { centroids.replaceSubrange(d..<2 * d, with: centroids[..<d]) }
                var offsets = randomFloats(k, seed: 3)
                if k > 1 { offsets[1] = offsets[0] }
                var queries = [Int8](repeating: 0, count: n * size)
                for (index, step) in randomSteps(n * d, seed: 2).enumerated() {
                    queries[index / max(d, 1) * size + index % max(d, 1)] = step
                }
                let factors = randomFloats(n, seed: 4)
                var panels = [Int8](repeating: 99, count: vdb_byte_panels_size(k, d))
                var sums = [Int32](repeating: .max, count: vdb_padded_count(k))
                vdb_pack_byte_panels(padded(centroids, d), k, d, &panels, &sums)
                for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                    var indices = [UInt32](repeating: .max, count: n)
                    var least = [Float](repeating: .nan, count: n)
                    var all = [Float](repeating: .nan, count: n * k)
                    at(level) {
                        vdb_many_centroid_keys(
                            queries, n, panels, sums, offsets, factors, k, d, &all)
                        vdb_nearest_keys(
                            queries, n, panels, sums, offsets, factors, k, d, &indices, &least)
                    }
                    for query in 0..<n {
                        var keys = [Float](repeating: .nan, count: k)
                        vdb_centroid_keys(
                            Array(queries[query * size..<(query + 1) * size]), panels, sums,
                            offsets, factors[query], k, d, &keys)
                        #expect(all[query * k..<(query + 1) * k].elementsEqual(keys))
                        #expect(least[query] == keys.min())
                        #expect(Int(indices[query]) == keys.firstIndex(of: least[query]))
                    }
                }
            }
        }

        @Test("a query in bytes is the same at every level, and near", arguments: lengths)
        func quantizedQuery(d: Int) {
            let query = randomFloats(d, seed: 1)
            let mean = randomFloats(d, seed: 2)
            let size = (d + 3) / 4 * 4
            for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                var bytes = [Int8](repeating: 99, count: size)
                var scale: Float = .nan
                at(level) { vdb_quantize_query(query, mean, d, &bytes, &scale) }
                for t in 0..<d {
                    let error = query[t] - mean[t] - Float(bytes[t]) * scale
                    #expect(abs(error) <= scale * 0.5001)
                }
                #expect(bytes.dropFirst(d).allSatisfy { $0 == 0 })
                var twin = bytes
                at(VDB_LEVEL_SCALAR) { vdb_quantize_query(query, mean, d, &twin, &scale) }
                #expect(twin == bytes)
            }
            var bytes = [Int8](repeating: 99, count: size)
            var scale: Float = .nan
            vdb_quantize_query(mean, mean, d, &bytes, &scale)
            #expect(scale == 0 && bytes.allSatisfy { $0 == 0 })
        }

        @Test("quantizing by given steps is the same at every level", arguments: lengths)
        func quantizedSteps(d: Int) {
            let vector = randomFloats(d, seed: 3)
            let mean = randomFloats(d, seed: 4)
            let greatest = zip(vector, mean).map { abs($0 - $1) }.max() ?? 0
            let size = (d + 3) / 4 * 4
            // The second sends half of the components beyond the bytes.
            for steps in [127 / greatest, 254 / greatest] {
                let expected = zip(vector, mean).map {
                    Int8(max(-127, min(127, (($0 - $1) * steps).rounded(.toNearestOrEven))))
                }
                for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                    var bytes = [Int8](repeating: 99, count: size)
                    var squares: Int32 = 0
                    at(level) {
                        #expect(vdb_greatest_difference(vector, mean, d) == greatest)
                        squares = vdb_quantize_steps(vector, mean, d, steps, &bytes)
                    }
                    #expect(bytes.prefix(d).elementsEqual(expected))
                    #expect(bytes.dropFirst(d).allSatisfy { $0 == 0 })
                    #expect(squares == expected.reduce(0) { $0 + Int32($1) * Int32($1) })
                }
            }
        }

        @Test("the smallest keys are selected, in the order that they have", arguments: lengths)
        func selection(count: Int) {
            // Few different keys, many, and both signs of zero.
            for range in [1, 3, 50, 100_000] {
                var random = RandomSource(seed: UInt64(range))
                let keys = (0..<count).map { _ in Float(random.next(below: range) - range / 2) }
                let values = (0..<UInt32(count)).map { $0 + 5 }
                for wanted in [1, 2, 10, 31, 100] {
                    for limit in [wanted, wanted + wanted / 2] {
                        check(keys, values, wanted: wanted, limit: limit)
                    }
                }
            }
            check(
                [Float](repeating: -0.0, count: count) + [0, .infinity, -.infinity],
                (0..<UInt32(count + 3)).map { $0 + 5 }, wanted: 2, limit: 2)
        }

        private func check(_ keys: [Float], _ values: [UInt32], wanted: Int, limit: Int) {
            let count = keys.count
            let sorted = keys.sorted()
            var previous: [UInt32]?
            for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                var (outKeys, outValues) = (keys, values)
                var bound: Float = .nan
                let kept = at(level) {
                    outKeys.withUnsafeMutableBufferPointer { keys in
                        outValues.withUnsafeMutableBufferPointer { values in
                            // In place.
                            guard let k = keys.baseAddress, let v = values.baseAddress else {
                                return 0
                            }
                            return vdb_select_smallest(
                                k, v, count, wanted, limit, k, v, &bound)
                        }
                    }
                }
                #expect(count <= limit ? kept == count : kept >= wanted && kept <= limit)
                guard count > 0 else { return }
                #expect(Array(outKeys.prefix(kept)).sorted() == Array(sorted.prefix(kept)))
                let chosen = Array(outValues.prefix(kept))
                #expect(chosen == chosen.sorted())
                #expect(chosen.map { keys[Int($0) - 5] } == Array(outKeys.prefix(kept)))
                if count > limit {
                    #expect(outKeys.prefix(kept).allSatisfy { $0 <= bound })
                    #expect(sorted[wanted - 1] <= bound)
                } else {
                    #expect(bound == .infinity)
                }
                if let previous { #expect(chosen == previous) }
                previous = chosen
                // Without values, the indices stand for them.
                var (otherKeys, indices) = (keys, values)
                let again = at(level) {
                    vdb_select_smallest(
                        keys, nil, count, wanted, limit, &otherKeys, &indices, &bound)
                }
                #expect(Array(indices.prefix(again)) == chosen.map { $0 - 5 })
            }
        }

        @Test("pairs are put in order, equal keys as they come", arguments: lengths)
        func order(count: Int) {
            for range in [1, 4, 1000] {
                var random = RandomSource(seed: UInt64(range))
                let keys = (0..<count).map { _ in Float(random.next(below: range)) - 2 }
                let values = (0..<UInt32(count)).map { $0 &* 7 }
                let expected = keys.indices.sorted {
                    keys[$0] != keys[$1] ? keys[$0] < keys[$1] : $0 < $1
                }
                for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                    var outKeys = [Float](repeating: .nan, count: count)
                    var outValues = [UInt32](repeating: .max, count: count)
                    at(level) { vdb_order_pairs(keys, values, count, &outKeys, &outValues) }
                    #expect(outKeys == expected.map { keys[$0] })
                    #expect(outValues == expected.map { values[$0] })
                }
            }
        }

        @Test("whole components become integers, others are refused", arguments: lengths)
        func integers(n: Int) {
            let bytes = randomBytes(n, seed: 1)
            let floats = bytes.map { Float($0) }
            for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                var out = [Int16](repeating: -1, count: n)
                #expect(at(level) { vdb_to_i16(floats, n, 0, 255, &out) } == 1)
                #expect(out == bytes.map { Int16($0) })
                for place in Set([0, n / 2, n - 1]) where place >= 0 && place < n {
                    for bad in [0.5, -1, 256, .nan, .infinity] as [Float] {
                        var changed = floats
                        changed[place] = bad
                        #expect(at(level) { vdb_to_i16(changed, n, 0, 255, &out) } == 0)
                    }
                }
            }
        }

        @Test("the greatest magnitude is found anywhere, and tells what is no number")
        func greatestMagnitude() {
            for n in lengths {
                let floats = randomFloats(n, seed: 5)
                for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                    let greatest = floats.map(\.magnitude).max() ?? 0
                    #expect(
                        at(level) { vdb_greatest_magnitude(floats, n) } == greatest.bitPattern)
                    for place in Set([0, n / 2, n - 1]) where place >= 0 && place < n {
                        for special in [-Float.infinity, .nan, -2e30] {
                            var changed = floats
                            changed[place] = special
                            #expect(
                                at(level) { vdb_greatest_magnitude(changed, n) }
                                    == special.magnitude.bitPattern)
                        }
                    }
                }
            }
        }

        @Test("distances in integers are exact at every level", arguments: lengths)
        func integerDistances(n: Int) {
            let count = 9
            for element in [VDB_INT8, VDB_UINT8] {
                let rows = randomBytes(count * n, seed: 3)
                let query = randomBytes(n, seed: 4).map {
                    element == VDB_INT8 ? Int16(Int8(bitPattern: $0)) : Int16($0)
                }
                func component(_ byte: UInt8) -> Int {
                    element == VDB_INT8 ? Int(Int8(bitPattern: byte)) : Int(byte)
                }
                let expected = (0..<count).map { row in
                    (0..<n).reduce(into: (l2: 0, ip: 0, norm: 0)) { sums, i in
                        let (q, x) = (Int(query[i]), component(rows[row * n + i]))
                        sums.l2 += (q - x) * (q - x)
                        sums.ip += q * x
                        sums.norm += x * x
                    }
                }
                let pairs = expected.flatMap { [Float($0.ip), Float($0.norm)] }
                withUnaligned(rows) { start in
                    let pointers: [UnsafeRawPointer?] = (0..<count).map { start + $0 * n }
                    for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                        var both = [Float](repeating: .nan, count: 2 * count)
                        at(level) {
                            vdb_dot_norm_integers(element, query, pointers, count, n, &both)
                        }
                        #expect(both == pairs)
                        both = [Float](repeating: .nan, count: 2 * count)
                        at(level) {
                            vdb_dot_norm_integer_rows(element, query, start, n, count, n, &both)
                        }
                        #expect(both == pairs)
                        var l2 = [Float](repeating: .nan, count: count)
                        var ip = l2
                        at(level) {
                            vdb_l2_integers(element, query, pointers, count, n, &l2)
                            vdb_ip_integers(element, query, pointers, count, n, &ip)
                        }
                        #expect(l2 == expected.map { Float($0.l2) })
                        #expect(ip == expected.map { Float($0.ip) })
                        at(level) {
                            vdb_l2_integer_rows(element, query, start, n, count, n, &l2)
                            vdb_ip_integer_rows(element, query, start, n, count, n, &ip)
                        }
                        #expect(l2 == expected.map { Float($0.l2) })
                        #expect(ip == expected.map { Float($0.ip) })
                    }
                }
            }
        }

        @Test(
            "the positions of what is within a bound are those of a plain loop", arguments: lengths)
        func within(n: Int) {
            let keys = randomFloats(n, seed: 5)
            for bound in [-Float.infinity, -1, keys.first ?? 0, 0.5, .infinity] {
                let expected = (0..<n).filter { keys[$0] <= bound }.map { UInt32($0) }
                for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                    var positions = [UInt32](repeating: .max, count: n)
                    let found = at(level) { vdb_select_within(keys, n, bound, &positions) }
                    #expect(Array(positions.prefix(found)) == expected)
                }
            }
        }

        @Test(
            "cosine distances follow their formula on every level, also of zeros",
            arguments: lengths)
        func cosines(n: Int) {
            var pairs = randomFloats(2 * n, seed: 6).map { abs($0) }
            if n > 0 { pairs[1] = 0 }
            for norm in [Float(0), 2.5] {
                let expected = (0..<n).map { i -> Float in
                    let norms = norm * pairs[2 * i + 1].squareRoot()
                    return norms > 0 ? 1 - pairs[2 * i] / norms : 1
                }
                for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                    var out = [Float](repeating: .nan, count: n)
                    at(level) { vdb_cosines(pairs, n, norm, &out) }
                    #expect(out == expected)
                }
            }
        }
    }
}
