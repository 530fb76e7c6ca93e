/// Bytes as text (RFC 4648, "base64"), for payloads in JSON.
enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let bits = part.enumerated().reduce(UInt32(0)) {
                $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset))
            }
            for place in 0..<4 {
                text.append(
                    place <= part.count
                        ? digits[Int(bits >> (18 - 6 * UInt32(place))) & 63] : padding)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes, or nil if `text` is not what `encode` gives.
    static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        for start in stride(from: 0, to: characters.count, by: 4) {
            let isLast = start + 4 == characters.count
            let part = characters[start..<start + 4]
            let count = isLast ? 4 - part.reversed().prefix { $0 == padding }.count : 4
            guard count >= 2 else { return nil }
            var bits: UInt32 = 0
            for character in part.prefix(count) {
                guard let digit = digits.firstIndex(of: character) else { return nil }
                bits = bits << 6 | UInt32(digit)
            }
            bits <<= 6 * UInt32(4 - count)
            for place in 0..<count - 1 {
                bytes.append(UInt8(bits >> (16 - 8 * UInt32(place)) & 255))
            }
        }
        return encode(bytes) == text ? bytes : nil
    }
}
