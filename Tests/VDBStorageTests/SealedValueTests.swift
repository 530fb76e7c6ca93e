import Testing
import VDBPrimitives

@testable import VDBStorage

@Suite struct SealedValueTests {
    private let key = Key(3, 5)

    private func sealed(size: Int) -> [UInt8] {
        var random = RandomSource(seed: UInt64(size))
        var writer = SealedValue.writer(kind: 9, version: 2, reservingCapacity: size)
        writer.write((0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        return SealedValue.seal(writer, key: key)
    }

    /// The body, copied.
    private func open(
        _ value: [UInt8], key: Key? = nil, kind: UInt8 = 9, version: UInt8 = 2
    ) throws -> [UInt8] {
        try value.withUnsafeBytes { bytes throws(DecodingFailure) in
            Array(
                try SealedValue.open(
                    bytes, key: key ?? self.key, kind: kind, version: version))
        }
    }

    @Test("a sealed value opens to what was sealed", arguments: [0, 1, 3, 100, 5000])
    func roundTrip(size: Int) throws {
        let value = sealed(size: size)
        #expect(value.count == size + SealedValue.prologueSize)
        #expect(try open(value) == Array(value[8...]))
    }

    @Test("the prologue is checksum, kind, version and zeros")
    func prologue() {
        let value = sealed(size: 10)
        #expect(Array(value[4..<8]) == [9, 2, 0, 0])
        let checksum = crc32c(Array(value[4...]), seed: crc32c([0, 0, 0, 3, 0, 0, 0, 5]))
        #expect(Array(value[0..<4]) == withUnsafeBytes(of: checksum.littleEndian) { Array($0) })
    }

    @Test("every flipped bit is detected", arguments: [0, 1, 41])
    func flippedBits(size: Int) {
        let value = sealed(size: size)
        for bit in 0..<value.count * 8 {
            var damaged = value
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: DecodingFailure.self, "bit \(bit)") { try open(damaged) }
        }
    }

    @Test("every cut is detected, and so is every byte too many")
    func cuts() {
        let value = sealed(size: 50)
        for size in 0..<value.count {
            #expect(throws: DecodingFailure.self, "cut at \(size)") {
                try open(Array(value[..<size]))
            }
        }
        #expect(throws: DecodingFailure.self) { try open(value + [0]) }
    }

    @Test("a value under a wrong key is detected")
    func wrongKey() {
        let value = sealed(size: 20)
        for other in [Key(3, 4), Key(5, 3), Key(), Key(3 as UInt32)] {
            #expect(throws: DecodingFailure.self) { try open(value, key: other) }
        }
    }

    @Test("another kind or version is named in the failure")
    func wrongKind() {
        let value = sealed(size: 20)
        #expect(throws: DecodingFailure.unknownValue(field: "kind", value: 9)) {
            try open(value, kind: 8)
        }
        #expect(throws: DecodingFailure.unknownValue(field: "layout version", value: 2)) {
            try open(value, version: 1)
        }
    }

    @Test("reading a damaged value names its table and key")
    func damageInTable() throws {
        try withEnvironment { environment in
            var value = sealed(size: 20)
            try environment.put(environment.a, key, value)
            value[12] ^= 1
            try environment.put(environment.b, key, value)
            try environment.read { access throws(StorageError) in
                let body = try access.body(environment.a, key, kind: 9, version: 2)
                #expect(body?.count == 20)
                let missing = try access.body(environment.a, Key(9, 9), kind: 9, version: 2)
                #expect(missing == nil)
                do throws(StorageError) {
                    _ = try access.body(environment.b, key, kind: 9, version: 2)
                    Issue.record("the damage was not noticed")
                } catch {
                    guard case .damaged("b", "0000000300000005", .checksumMismatch) = error
                    else {
                        Issue.record("\(error)")
                        return
                    }
                }
            }
        }
    }
}
