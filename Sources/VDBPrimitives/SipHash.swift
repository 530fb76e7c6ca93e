/// A hash of bytes by which texts are found, in memory and in the tables.
///
/// SipHash-2-4 (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012,
/// doi:10.1007/978-3-642-34931-7_28): whoever chooses the texts cannot choose many of one hash, as
/// with a checksum.
package struct SipHash {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    private init(key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736f_6d65_7073_6575
        v1 = key.1 ^ 0x646f_7261_6e64_6f6d
        v2 = key.0 ^ 0x6c79_6765_6e65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    /// The hash of the bytes of a text.
    ///
    /// - Parameter key: that of the tables is 0.
    package static func hash(_ text: String, key: (UInt64, UInt64) = (0, 0)) -> UInt64 {
        var hasher = SipHash(key: key)
        var word: UInt64 = 0
        var count: UInt64 = 0
        for byte in text.utf8 {
            word |= UInt64(byte) << (8 * (count & 7))
            count &+= 1
            if count & 7 == 0 {
                hasher.add(word)
                word = 0
            }
        }
        hasher.add(word | count << 56)
        return hasher.finish()
    }

    @inline(__always)
    private mutating func add(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    private mutating func finish() -> UInt64 {
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v2 &+= v3
        v1 = Self.rotate(v1, 13) ^ v0
        v3 = Self.rotate(v3, 16) ^ v2
        v0 = Self.rotate(v0, 32)
        v2 &+= v1
        v0 &+= v3
        v1 = Self.rotate(v1, 17) ^ v2
        v3 = Self.rotate(v3, 21) ^ v0
        v2 = Self.rotate(v2, 32)
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word << count | word >> (64 - count)
    }
}

/// A text that is equal to another only if the bytes are, unlike Swift's strings, with its hash.
package struct HashedText: Hashable, Sendable {
    package let text: String
    /// `SipHash` of its bytes.
    package let value: UInt64

    /// Hashes `text`.
    package init(_ text: String) {
        self.text = text
        value = SipHash.hash(text)
    }

    package static func == (left: HashedText, right: HashedText) -> Bool {
        left.value == right.value && left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
