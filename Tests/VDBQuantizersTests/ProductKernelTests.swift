import CVDBKernels
import Testing
import VDBPrimitives

extension QuantizerTests {
    @Suite("Product quantization kernels")
    struct ProductKernels {
        @Test(
            "inner product tables agree with the scalar twin", arguments: vectorLevels, [16, 256])
        func table(level: vdb_level, K: Int) {
            for (M, s) in [(0, 4), (1, 0), (1, 1), (3, 7), (8, 4), (2, 129)] {
                let q = randomFloats(M * s, seed: 1)
                let codebook = randomFloats(M * s * K, seed: 2)
                let (scalar, vector) = both(level) {
                    var table = [Float](repeating: .nan, count: M * K)
                    vdb_pq_table(q, codebook, M, s, K, &table)
                    return table
                }
                #expect(zip(scalar, vector).allSatisfy { abs($0 - $1) <= 1e-5 * Float(s) })
            }
        }

        @Test("a quantized table reproduces sums within half a step for each subspace")
        func quantizedTable() {
            for M in [1, 2, 7, 196, 256] {
                var table = randomFloats(16 * M, seed: 1)
                for i in table.indices {
                    table[i] = table[i] * Float(1 + i / 16 % 5) + Float(i / 16)
                }
                var bytes = [UInt8](repeating: 0, count: 16 * M)
                var (scale, bias): (Float, Float) = (0, 0)
                vdb_quantize_table(table, M, &bytes, &scale, &bias)
                #expect(bytes.max() == 255, "all 8 bits are used")
                let codes = randomBytes(M, below: 16, seed: 9)
                var (exact, sum) = (0.0, 0)
                for (m, code) in codes.enumerated() {
                    exact += Double(table[16 * m + Int(code)])
                    sum += Int(bytes[16 * m + Int(code)])
                }
                let estimate = Double(scale) * Double(sum) + Double(bias)
                #expect(abs(estimate - exact) <= Double(scale) / 2 * Double(M) * 1.001 + 1e-3)
            }
        }

        @Test("quantized tables are equal at every level", arguments: vectorLevels)
        func quantizedTableTwin(level: vdb_level) {
            for M in [0, 1, 3, 196, 256] {
                let table = randomFloats(16 * M, seed: UInt64(M))
                let (scalar, vector) = both(level) {
                    var bytes = [UInt8](repeating: 0, count: 16 * M)
                    var line: [Float] = [0, 0]
                    line.withUnsafeMutableBufferPointer { line in
                        guard let start = line.baseAddress else { return }
                        vdb_quantize_table(table, M, &bytes, start, start + 1)
                    }
                    return (bytes, line)
                }
                #expect(scalar == vector)
            }
        }

        @Test("a constant table has scale 0 and says it all by its bias", arguments: vectorLevels)
        func constantTable(level: vdb_level) {
            var bytes = [UInt8](repeating: 7, count: 32)
            var (scale, bias): (Float, Float) = (-1, -1)
            let table = [Float](repeating: 1.5, count: 32)
            at(level) { vdb_quantize_table(table, 2, &bytes, &scale, &bias) }
            #expect(bytes.allSatisfy { $0 == 0 } && scale == 0 && bias == 3)
        }

        @Test(
            "encoding finds the nearest codeword in every subspace",
            arguments: [VDB_LEVEL_SCALAR] + vectorLevels, [16, 256])
        func encode(level: vdb_level, K: Int) {
            for (n, M, s) in [(0, 2, 3), (1, 1, 1), (17, 3, 4), (33, 2, 8), (5, 1, 129)] {
                let stride = M * s + 1
                let x = randomFloats(n * stride, seed: 1)
                let codebook = randomFloats(M * s * K, seed: 2)
                var halfNorms = [Float](repeating: 0, count: M * K)
                vdb_pq_half_norms(codebook, M, s, K, &halfNorms)
                var codes = [UInt8](repeating: 0, count: n * M)
                at(level) {
                    vdb_pq_encode(x, n, stride, codebook, halfNorms, M, s, K, &codes)
                }
                for i in 0..<n {
                    for m in 0..<M {
                        let distances = (0..<K).map { j in
                            (0..<s).reduce(Float(0)) { sum, t in
                                let difference =
                                    x[i * stride + m * s + t] - codebook[(m * s + t) * K + j]
                                return sum + difference * difference
                            }
                        }
                        let chosen = distances[Int(codes[i * M + m])]
                        #expect(chosen <= (distances.min() ?? 0) + 1e-5 * Float(s))
                    }
                }
            }
        }
    }
}
