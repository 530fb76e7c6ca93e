import CVDBKernels
import Testing
import VDBPrimitives

extension QuantizerTests {
    @Suite("Centroid kernels")
    struct CentroidKernels {
        private func packed(_ centroids: [Float], k: Int, d: Int) -> ([Float], [Float]) {
            var panels = [Float](repeating: .nan, count: vdb_padded_count(k) * d)
            var norms = [Float](repeating: .nan, count: vdb_padded_count(k))
            vdb_pack_panels(centroids, k, d, &panels, &norms)
            return (panels, norms)
        }

        @Test("panels hold the centroids side by side, padded with zeros at infinity")
        func panels() {
            let (k, d) = (18, 3)
            let (panels, norms) = packed((0..<k * d).map { Float($0) }, k: k, d: d)
            #expect(panels[1] == 3 && panels[16] == 1)
            #expect(panels[16 * d + 1] == Float(17 * d) && panels[16 * d + 2] == 0)
            #expect(norms[1] == 9 + 16 + 25 && norms[17].isFinite && norms[18] == .infinity)
        }

        @Test("query distances agree with the scalar twin", arguments: vectorLevels, lengths)
        func queryDistances(level: vdb_level, d: Int) {
            for k in [1, 15, 16, 63, 64, 65, 100] {
                let q = randomFloats(d, seed: 1)
                let (panels, _) = packed(randomFloats(k * d, seed: 2), k: k, d: d)
                let (scalar, vector) = both(level) {
                    var out = [Float](repeating: .nan, count: 2 * k)
                    out.withUnsafeMutableBufferPointer { out in
                        guard let start = out.baseAddress else { return }
                        vdb_centroid_l2(q, panels, k, d, start)
                        vdb_centroid_ip(q, panels, k, d, start + k)
                    }
                    return out
                }
                // The absolute terms sum up to at most about 4 d.
                #expect(zip(scalar, vector).allSatisfy { abs($0 - $1) <= 4e-5 * Float(d) })
            }
        }

        @Test("sums are the same at every level", arguments: vectorLevels, lengths)
        func sums(level: vdb_level, d: Int) {
            let points = (0..<3).map { randomFloats(d, seed: $0) }
            let (scalar, vector) = both(level) {
                var sums = [Double](repeating: 1, count: d + 1)
                for point in points { vdb_add_to_sums(point, d, &sums) }
                return sums
            }
            #expect(scalar == vector && scalar[d] == 1)
            #expect(
                (0..<d).allSatisfy { t in
                    scalar[t] == points.reduce(1) { $0 + Double($1[t]) }
                })
        }

        @Test("products of rows are those of each alone", arguments: vectorLevels, lengths)
        func rowProducts(level: vdb_level, d: Int) {
            for (n, k) in [(0, 1), (1, 15), (5, 16), (6, 64), (13, 81), (20, 129)] {
                let (size, width) = (d + 1, k + 2)
                let x = randomFloats(n * size, seed: 1)
                let (panels, _) = packed(randomFloats(k * d, seed: 2), k: k, d: d)
                let (scalar, vector) = both(level) {
                    var out = [Float](repeating: 7, count: n * width)
                    vdb_row_products(x, n, size, panels, k, d, &out, width)
                    return out
                }
                #expect(zip(scalar, vector).allSatisfy { abs($0 - $1) <= 4e-5 * Float(d) })
                at(level) {
                    for i in 0..<n {
                        var alone = [Float](repeating: .nan, count: k)
                        vdb_centroid_ip(
                            Array(x[i * size..<(i + 1) * size]), panels, k, d, &alone)
                        #expect(vector[i * width..<i * width + k].elementsEqual(alone))
                        // What is behind a row is not touched.
                        #expect(vector[i * width + k] == 7 && vector[i * width + k + 1] == 7)
                    }
                }
            }
        }

        @Test("assignment finds the nearest centroid", arguments: vectorLevels, lengths)
        func assignment(level: vdb_level, d: Int) {
            for (n, k) in [(0, 1), (1, 1), (13, 16), (14, 17), (85, 33), (200, 100)] {
                let stride = d + 1
                let x = randomFloats(n * stride, seed: 1)
                let (panels, norms) = packed(randomFloats(k * d, seed: 2), k: k, d: d)
                var scratch = [Float](repeating: 0, count: vdb_assign_scratch_count(d))
                let ((_, scalarDistance), (index, distance)) = both(level) {
                    var index = [UInt32](repeating: .max, count: n)
                    var distance = [Float](repeating: .nan, count: n)
                    vdb_assign(x, n, stride, d, panels, norms, k, &index, &distance, &scratch)
                    return (index, distance)
                }
                for i in 0..<n {
                    let c = Int(index[i])
                    #expect(c < k)
                    var exact: Float = 0
                    for t in 0..<d {
                        let difference = x[i * stride + t] - panels[(c / 16 * d + t) * 16 + c % 16]
                        exact += difference * difference
                    }
                    // Another centroid may win only by rounding.
                    #expect(abs(distance[i] - scalarDistance[i]) <= 1e-5 * Float(d))
                    #expect(abs(distance[i] - exact) <= 1e-5 * Float(d))
                }
            }
        }

        @Test("of equally near centroids the first is taken", arguments: vectorLevels)
        func ties(level: vdb_level) {
            let (k, d, n) = (50, 4, 30)
            let (panels, norms) = packed([Float](repeating: 1, count: k * d), k: k, d: d)
            var scratch = [Float](repeating: 0, count: vdb_assign_scratch_count(d))
            var index = [UInt32](repeating: .max, count: n)
            let x = randomFloats(n * d, seed: 1)
            at(level) { vdb_assign(x, n, d, d, panels, norms, k, &index, nil, &scratch) }
            #expect(index.allSatisfy { $0 == 0 })
        }

        @Test("points that are not numbers go to the first centroid", arguments: vectorLevels)
        func notNumbers(level: vdb_level) {
            let (panels, norms) = packed(randomFloats(20 * 4, seed: 1), k: 20, d: 4)
            var scratch = [Float](repeating: 0, count: vdb_assign_scratch_count(4))
            var index: [UInt32] = [9]
            let x = [Float](repeating: .nan, count: 4)
            at(level) { vdb_assign(x, 1, 4, 4, panels, norms, 20, &index, nil, &scratch) }
            #expect(index == [0])
        }
    }
}
