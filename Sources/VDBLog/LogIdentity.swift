internal import VDBPrimitives

/// The number that tells a database from every other, drawn when it is created.
///
/// It is in every segment's header and in every frame's checksum, so that segments of another
/// database are refused and stale blocks of its log never pass for records.
package struct LogIdentity: Sendable, Hashable, CustomStringConvertible {
    package let first: UInt64
    package let second: UInt64

    package init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    /// The two numbers as the manifest keeps them.
    package init(_ numbers: (UInt64, UInt64)) { self.init(numbers.0, numbers.1) }

    /// What the checksum of every frame starts from.
    var checksumSeed: UInt32 {
        var writer = ByteWriter(reservingCapacity: 16)
        writer.write(first)
        writer.write(second)
        return crc32c(writer.finish())
    }

    package var description: String { hexadecimal(first) + hexadecimal(second) }
}

/// `value` as 16 lower-case hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
