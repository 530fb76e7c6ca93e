import Testing
import VDBPrimitives

@testable import VDBStorage

@Suite struct KeyTests {
    /// Keys of 0 to 24 bytes out of few different parts, so that prefixes are common.
    private func randomKeys(_ count: Int) -> [Key] {
        var random = RandomSource(seed: 77)
        return (0..<count).map { _ in
            var key = Key()
            for _ in 0..<random.next(below: 4) {
                switch random.next(below: 4) {
                case 0: key.append(UInt8(random.next(below: 3)))
                case 1: key.append(UInt32(random.next(below: 3)))
                case 2: key.append(UInt64(random.next(below: 3)))
                default: key.append(UInt64.max)
                }
            }
            return key
        }
    }

    @Test("the order of keys is the order of their bytes, and equality that of their bytes")
    func order() {
        let keys = randomKeys(150)
        for left in keys {
            for right in keys {
                #expect((left < right) == left.bytes.lexicographicallyPrecedes(right.bytes))
                #expect((left == right) == (left.bytes == right.bytes))
                if left == right { #expect(left.hashValue == right.hashValue) }
            }
        }
    }

    @Test("LMDB keeps keys in the order of Key")
    func orderInTable() throws {
        let keys = Set(randomKeys(300).filter { $0.size > 0 })
        try withEnvironment { environment in
            let transaction = try environment.beginWrite()
            for key in keys { try transaction.put(environment.a, key, [1]) }
            try transaction.commit()
            var stored: [[UInt8]] = []
            try environment.read { access throws(StorageError) in
                let cursor = try access.cursor(environment.a)
                var entry = try cursor.first()
                while let found = entry {
                    stored.append(Array(found.key))
                    entry = try cursor.next()
                }
            }
            #expect(stored == keys.sorted().map(\.bytes))
        }
    }

    @Test("parts are big-endian and follow each other")
    func layout() {
        #expect(Key(0x0102_0304 as UInt32).bytes == [1, 2, 3, 4])
        #expect(Key(1, 0xFFFF_FFFE).bytes == [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE])
        #expect(Key(0x0102_0304_0506_0708 as UInt64).bytes == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(Key(name: "manifest").bytes == Array("manifest".utf8))
    }

    @Test("a key is described as text if it is a name, else in hexadecimal digits")
    func descriptions() {
        #expect(Key(name: "schema").description == "schema")
        #expect(Key(1, 0xAB).description == "00000001000000ab")
        #expect(Key().description == "")
    }
}
