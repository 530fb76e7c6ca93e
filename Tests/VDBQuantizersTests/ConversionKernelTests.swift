import CVDBKernels
import Testing
import VDBPrimitives

extension QuantizerTests {
    @Suite("Checksum and conversion kernels")
    struct ConversionKernels {
        @Test("CRC-32C gives the published values")
        func checksumVectors() {
            #expect(vdb_crc32c(0, "123456789", 9) == 0xE306_9283)
            #expect(vdb_crc32c(0, nil, 0) == 0)
            // RFC 3720, appendix B.4.
            #expect(vdb_crc32c(0, [UInt8](repeating: 0, count: 32), 32) == 0x8A91_36AA)
            #expect(vdb_crc32c(0, [UInt8](repeating: 0xFF, count: 32), 32) == 0x62A8_AB43)
            #expect(vdb_crc32c(0, (0..<32).map { UInt8($0) }, 32) == 0x46DD_794E)
        }

        @Test(
            "CRC-32C equals its table version",
            arguments: lengths + [383, 384, 3071, 3072, 10007])
        func checksumTwin(length: Int) {
            let bytes = randomBytes(length, seed: 1)
            withUnaligned(bytes) { pointer in
                #expect(
                    vdb_crc32c(7, pointer, length) == vdb_crc32c_by_table(7, pointer, length))
                let cut = length / 3
                let first = vdb_crc32c(0, pointer, cut)
                #expect(
                    vdb_crc32c(first, pointer + cut, length - cut)
                        == vdb_crc32c(0, pointer, length))
            }
        }

        @Test("every float16 becomes the same float32 at every level", arguments: vectorLevels)
        func halfToFloat(level: vdb_level) {
            let halves = (0...UInt16.max).map { $0 }
            let (scalar, vector) = both(level) {
                var out = [Float](repeating: 0, count: halves.count)
                vdb_to_f32_f16(halves, halves.count, &out)
                return out.map(\.bitPattern)
            }
            #expect(scalar == vector)
            #expect(Float(bitPattern: scalar[0x3C00]) == 1)
            #expect(Float(bitPattern: scalar[0x0001]) == 0x1p-24)
            #expect(Float(bitPattern: scalar[0xFBFF]) == -65504)
        }

        @Test("float32 becomes the nearest float16 at every level", arguments: vectorLevels)
        func floatToHalf(level: vdb_level) {
            var random = RandomSource(seed: 3)
            var floats = (0..<100_000).map { _ in Float(bitPattern: UInt32(random.next() >> 32)) }
            // All halves, and what lies halfway to the next one.
            for bits in UInt16(0)..<0x7C00 {
                var pair: [Float] = [0, 0]
                vdb_to_f32_f16([bits, bits + 1], 2, &pair)
                floats += [pair[0], -pair[0], (pair[0] + pair[1]) / 2, pair[0].nextUp]
            }
            floats += [65519.996, 65520, .infinity, -.infinity, .nan, -0.0]
            let (scalar, vector) = both(level) {
                var out = [UInt16](repeating: 0, count: floats.count)
                vdb_from_f32_f16(floats, floats.count, &out)
                return out
            }
            #expect(scalar == vector)
        }

        @Test("float16 survives the way to float32 and back")
        func halfRoundTrip() {
            let halves = (0...UInt16.max).filter { $0 & 0x7C00 != 0x7C00 }
            var floats = [Float](repeating: 0, count: halves.count)
            var back = [UInt16](repeating: 0, count: halves.count)
            vdb_to_f32_f16(halves, halves.count, &floats)
            vdb_from_f32_f16(floats, floats.count, &back)
            #expect(back == halves)
        }

        @Test("float32 becomes bytes by rounding to even and saturating", arguments: vectorLevels)
        func floatToBytes(level: vdb_level) {
            let special: [Float] = [0.5, 1.5, 2.5, -0.5, 127.5, 254.5, 300, -300, .nan, .infinity]
            let floats = special + randomFloats(1000, seed: 1).map { $0 * 300 }
            let (scalar, vector) = both(level) {
                var signed = [Int8](repeating: 0, count: floats.count)
                var unsigned = [UInt8](repeating: 0, count: floats.count)
                vdb_from_f32_i8(floats, floats.count, &signed)
                vdb_from_f32_u8(floats, floats.count, &unsigned)
                return signed.map { Int($0) } + unsigned.map { Int($0) }
            }
            #expect(scalar == vector)
            #expect(scalar.prefix(10) == [0, 2, 2, 0, 127, 127, 127, -128, 0, 127])
            #expect(
                scalar.dropFirst(floats.count).prefix(10)
                    == [0, 2, 2, 0, 128, 254, 255, 0, 0, 255])
        }

        @Test("bytes become the float32 of the same value")
        func bytesToFloat() {
            let bytes = (0...UInt8.max).map { $0 }
            var floats = [Float](repeating: 0, count: 256)
            vdb_to_f32_u8(bytes, 256, &floats)
            #expect(floats == bytes.map { Float($0) })
            vdb_to_f32_i8(bytes, 256, &floats)
            #expect(floats == bytes.map { Float(Int8(bitPattern: $0)) })
        }
    }
}
