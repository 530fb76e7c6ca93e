import Testing

@testable import VDBPrimitives

@Suite struct ChecksumTests {
    @Test(
        "the checksums are those of RFC 3720, appendix B.4",
        arguments: [
            ([], 0),
            (Array("123456789".utf8), 0xE306_9283),
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E),
            (Array((0..<32).reversed()), 0x113F_DB5C),
        ] as [([UInt8], UInt32)])
    func knownVectors(bytes: [UInt8], expected: UInt32) { #expect(crc32c(bytes) == expected) }

    @Test("going on from a checksum gives that of the whole, wherever it is cut")
    func continued() {
        var random = RandomSource(seed: 1)
        let bytes = (0..<777).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let whole = crc32c(bytes)
        for cut in 0...bytes.count {
            let first = crc32c(Array(bytes[..<cut]))
            #expect(crc32c(Array(bytes[cut...]), seed: first) == whole)
        }
    }
}
