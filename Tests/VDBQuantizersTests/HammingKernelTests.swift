import CVDBKernels
import Testing
import VDBPrimitives
import VDBQuantizers

extension QuantizerTests {
    @Suite("Hamming kernels")
    struct HammingKernelTests {
        /// Rows, a query, and the distances by the definition.
        private struct Sample {
            let size: Int
            let count: Int
            let query: [UInt8]
            let rows: [UInt8]
            let distances: [Int]

            init(size: Int, count: Int) {
                self.size = size
                self.count = count
                let query = randomBytes(size, seed: UInt64(size) + 1)
                let rows = randomBytes(size * count, seed: UInt64(count) + 2)
                self.query = query
                self.rows = rows
                distances = (0..<count).map { row in
                    var sum = 0
                    for index in 0..<size {
                        sum += (query[index] ^ rows[row * size + index]).nonzeroBitCount
                    }
                    return sum
                }
            }
        }

        private static let levels = [VDB_LEVEL_SCALAR] + vectorLevels
        /// Bytes: around the registers' widths, and those that have loops of their own.
        private static let sizes = [
            0, 1, 2, 7, 8, 9, 16, 31, 32, 33, 63, 64, 65, 98, 128, 129, 391,
        ]

        @Test("every level counts the bits that differ, at every size", arguments: levels, sizes)
        func counts(level: vdb_level, size: Int) {
            for count in [0, 1, 8, 9, 35] {
                let sample = Sample(size: size, count: count)
                at(level) {
                    withUnaligned(sample.rows) { rows in
                        let pointers = (0..<count).map { Optional(rows + $0 * size) }
                        var inRows = [Float](repeating: .nan, count: count)
                        var gathered = inRows
                        HammingKernel.distances(
                            sample.query, rows: rows, stride: size, count: count, size: size,
                            into: &inRows)
                        HammingKernel.distances(
                            sample.query, gathering: pointers, count: count, size: size,
                            into: &gathered)
                        let single = (0..<count).map {
                            HammingKernel.distance(sample.query, rows + $0 * size, size: size)
                        }
                        #expect(single == sample.distances)
                        #expect(inRows == sample.distances.map { Float($0) })
                        #expect(gathered == inRows)
                    }
                }
            }
        }

        @Test(
            "a scan keeps, in order, what is masked in and below the threshold",
            arguments: levels, [1, 13, 32, 64, 98])
        func scan(level: vdb_level, size: Int) {
            let middle = Float(size * 4)
            for count in [1, 8, 31, 100, 256] {
                let sample = Sample(size: size, count: count)
                let some = (0..<(count + 31) / 32).map { UInt32($0 + 1) &* 0x9E37_79B9 }
                let cases: [(Float, [UInt32]?)] = [
                    (middle, some), (middle - 1, nil), (.infinity, some), (.infinity, nil),
                    (0, nil),
                ]
                for (threshold, masks) in cases {
                    let expected = (0..<count).filter { index in
                        let isWanted = masks.map { $0[index / 32] >> (index % 32) & 1 == 1 }
                        return isWanted ?? true && Float(sample.distances[index]) < threshold
                    }
                    var found = [Float](repeating: .nan, count: count + 8)
                    var positions = [UInt32](repeating: 0, count: count + 8)
                    let kept = at(level) {
                        withUnaligned(sample.rows) { rows in
                            var query = vdb_bits_query(
                                bits: nil, size: size, threshold: threshold, first: 500)
                            return sample.query.withUnsafeBufferPointer { bits in
                                query.bits = bits.baseAddress
                                return vdb_scan_bits(
                                    &query, rows, count, rows, count, masks, &found, &positions)
                            }
                        }
                    }
                    #expect(positions.prefix(kept).map { Int($0) - 500 } == expected)
                    #expect(
                        found.prefix(kept).map { Int($0) }
                            == expected.map { sample.distances[$0] })
                }
            }
        }

        @Test("components come back from their bits, with zeros behind them", arguments: lengths)
        func conversions(count: Int) {
            let floats = randomBytes(count, below: 2, seed: 4).map { Float($0) }
            let size = ElementType.bit.vectorSize(dimension: count)
            var bytes = [UInt8](repeating: 0xFF, count: size + 1)
            ConversionKernel.encode(.bit, floats, count: count, into: &bytes)
            #expect(bytes[size] == 0xFF)
            for bit in 0..<size * 8 {
                let isSet = bytes[bit / 8] >> (bit % 8) & 1 == 1
                #expect(isSet == (bit < count && floats[bit] == 1))
            }
            var back = [Float](repeating: .nan, count: count + 1)
            ConversionKernel.decode(.bit, bytes, count: count, into: &back)
            #expect(back.prefix(count) == floats[...] && back[count].isNaN)
        }
    }
}
