/// A token of filter text.
struct FilterToken: Hashable {
    enum Kind: Hashable {
        /// A keyword or an attribute's name.
        case word(String)
        /// Begins with a digit, sign or point: an integer, a real, a timestamp, or a length with
        /// its unit. Which one, the attribute's type says.
        case number(String)
        /// The string inside the quotes, escapes resolved.
        case string(String)
        case comparison(Filter.Comparison)
        case open
        case close
        case comma
        case end
    }

    let kind: Kind
    /// Bytes from the start of the text.
    let offset: Int
}

/// Cuts filter text into tokens.
struct FilterLexer {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The column, in characters from 1, of a byte.
    func column(of offset: Int) -> Int {
        String(decoding: bytes[..<offset], as: UTF8.self).count + 1
    }

    /// The next token; at the end of the text, `end` for ever.
    mutating func next() throws(FilterError) -> FilterToken {
        while let byte = peek, isSpace(byte) { offset += 1 }
        let start = offset
        return FilterToken(kind: try kind(), offset: start)
    }

    private mutating func kind() throws(FilterError) -> FilterToken.Kind {
        guard let byte = peek else { return .end }
        if isLetter(byte) { return .word(take(while: { isLetter($0) || isDigit($0) })) }
        if isDigit(byte) || "+-.".utf8.contains(byte) {
            return .number(
                take(while: { isLetter($0) || isDigit($0) || "+-.:".utf8.contains($0) }))
        }
        let start = offset
        offset += 1
        switch byte {
        case UInt8(ascii: "("): return .open
        case UInt8(ascii: ")"): return .close
        case UInt8(ascii: ","): return .comma
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return .string(try string(endingWith: byte, start: start))
        case UInt8(ascii: "="):
            _ = take("=")
            return .comparison(.equal)
        case UInt8(ascii: "!") where take("="): return .comparison(.notEqual)
        case UInt8(ascii: "<"):
            if take(">") { return .comparison(.notEqual) }
            return .comparison(take("=") ? .lessOrEqual : .less)
        case UInt8(ascii: ">"): return .comparison(take("=") ? .greaterOrEqual : .greater)
        default:
            offset = start
            let rest = String(decoding: bytes[start...], as: UTF8.self)
            throw FilterError(
                expected: "a word, a value, a comparison or a parenthesis",
                found: quoted(String(rest.prefix(1)))
            ).at(column: column(of: start))
        }
    }

    /// The rest of a string after its opening quote.
    private mutating func string(
        endingWith quote: UInt8, start: Int
    ) throws(FilterError) -> String {
        var content: [UInt8] = []
        while let byte = peek {
            let position = offset
            offset += 1
            if byte == quote { return String(decoding: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                content.append(contentsOf: try escape(at: position))
            } else {
                content.append(byte)
            }
        }
        throw FilterError(
            expected: "a closing \(quote == UInt8(ascii: "'") ? "'" : "\"")", found: "the end"
        ).at(column: column(of: bytes.count))
    }

    /// What the escape stands for, in UTF-8; the backslash is taken already.
    private mutating func escape(at position: Int) throws(FilterError) -> [UInt8] {
        for (letter, meaning) in Self.escapes where take(letter) {
            return [UInt8(ascii: meaning)]
        }
        if take("u"), take("{") {
            let digits = take(while: { isDigit($0) || isLetter($0) })
            if take("}"), let value = UInt32(digits, radix: 16), digits.utf8.count <= 6,
                let scalar = Unicode.Scalar(value)
            {
                return Array(String(Character(scalar)).utf8)
            }
        }
        throw FilterError(
            expected: #"an escape: \\, \", \', \n, \r, \t or \u{hexadecimal}"#,
            found: "another"
        ).at(column: column(of: position))
    }

    private static let escapes: [(Unicode.Scalar, Unicode.Scalar)] = [
        ("\\", "\\"), ("\"", "\""), ("'", "'"), ("n", "\n"), ("r", "\r"), ("t", "\t"),
    ]

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func take(while condition: (UInt8) -> Bool) -> String {
        let start = offset
        while let byte = peek, condition(byte) { offset += 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private func isSpace(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }
}
