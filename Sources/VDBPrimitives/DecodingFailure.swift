/// Why stored bytes could not be understood.
///
/// It says what is wrong in the bytes; whoever reads them adds the table and key, or file and
/// offset.
package enum DecodingFailure: Error, Hashable, CustomStringConvertible {
    /// Fewer bytes than the format asks for.
    case truncated(needed: Int, available: Int)
    /// Bytes left over after the last field.
    case trailingBytes(Int)
    /// The stored CRC-32C is not that of the bytes.
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// A number that is not in the format's list.
    case unknownValue(field: String, value: UInt64)
    /// A format version that this program does not know.
    case unsupportedVersion(UInt64, known: ClosedRange<UInt64>)
    /// Fields that contradict each other or the schema.
    case inconsistent(String)

    package var description: String {
        switch self {
        case .truncated(let needed, let available):
            "\(needed) bytes are needed, \(available) are there"
        case .trailingBytes(let count):
            "\(count) bytes too many"
        case .checksumMismatch(let stored, let computed):
            "checksum is \(hexadecimal(stored)), computed \(hexadecimal(computed))"
        case .unknownValue(let field, let value):
            "unknown \(field) \(value)"
        case .unsupportedVersion(let version, let known):
            "format version \(version), but this engine reads versions \(known.lowerBound) to "
                + "\(known.upperBound)"
        case .inconsistent(let reason):
            reason
        }
    }
}

/// `value` as 0x and eight hexadecimal digits.
package func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
