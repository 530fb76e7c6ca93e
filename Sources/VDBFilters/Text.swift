// The texts of numbers and strings, as filters, CSV files and messages write them.

/// Whether `byte` is an ASCII digit.
func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

/// Whether `byte` is an ASCII letter or an underscore.
func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
}

/// The finite number that `text` writes in decimal: sign, digits, point, exponent.
///
/// Narrower than `Double(_:)`, which also takes hexadecimal, infinities and NaN.
func decimalNumber(_ text: some StringProtocol) -> Double? {
    var hasDigit = false
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"):
            break
        default: return nil
        }
    }
    guard hasDigit, let value = Double(text), value.isFinite else { return nil }
    return value
}

/// The shortest text that gives `value` back, without a needless `.0`.
func decimalText(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// `text` in double quotes, escaped so that the filter language reads the same string.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// `text` without ASCII white space at its ends.
func trimmed(_ text: String) -> Substring {
    let isSpace = { (byte: UInt8) in
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n")
    }
    let bytes = text.utf8
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
        let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return Substring(bytes[first...last])
}
