/// A key of at most 24 bytes, kept in place; big-endian parts sort by value.
package struct Key: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Bytes that a key can have.
    package static let sizeLimit = 24

    private var storage: (UInt64, UInt64, UInt64) = (0, 0, 0)
    package private(set) var size = 0

    package init() {}

    /// A key as it is stored; nil if there are no bytes, or more than `sizeLimit`.
    package init?(stored bytes: UnsafeRawBufferPointer) {
        guard (1...Self.sizeLimit).contains(bytes.count) else { return nil }
        self.init(bytes: bytes)
    }

    /// A key as it is stored, of at most `sizeLimit` bytes.
    package init(bytes: UnsafeRawBufferPointer) { for byte in bytes { append(byte) } }

    package init(_ value: UInt64) { append(value) }

    package init(_ first: UInt32, _ second: UInt32) {
        append(first)
        append(second)
    }

    package init(_ value: UInt32) { append(value) }

    /// A short ASCII name.
    package init(name: StaticString) {
        precondition(name.utf8CodeUnitCount <= 24, "key name of \(name.utf8CodeUnitCount) bytes")
        for index in 0..<name.utf8CodeUnitCount { append(name.utf8Start[index]) }
    }

    package mutating func append<Part: FixedWidthInteger>(_ part: Part) {
        let partSize = MemoryLayout<Part>.size
        precondition(size + partSize <= 24, "key of \(size + partSize) bytes")
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.storeBytes(of: part.bigEndian, toByteOffset: size, as: Part.self)
        }
        size += partSize
    }

    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var result: Swift.Result<Result, Failure>?
        withUnsafeBytes(of: storage) { bytes in
            let key = UnsafeRawBufferPointer(rebasing: bytes[0..<size])
            do throws(Failure) {
                result = .success(try body(key))
            } catch {
                result = .failure(error)
            }
        }
        guard let result else { preconditionFailure("the body did not run") }
        return try result.get()
    }

    package static func == (left: Key, right: Key) -> Bool {
        left.size == right.size && left.storage == right.storage
    }

    /// The order that LMDB keeps: byte by byte, a prefix first.
    package static func < (left: Key, right: Key) -> Bool {
        let leftParts = (
            left.storage.0.bigEndian, left.storage.1.bigEndian, left.storage.2.bigEndian
        )
        let rightParts = (
            right.storage.0.bigEndian, right.storage.1.bigEndian, right.storage.2.bigEndian
        )
        return leftParts == rightParts ? left.size < right.size : leftParts < rightParts
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(storage.0)
        hasher.combine(storage.1)
        hasher.combine(storage.2)
    }

    package var description: String { withBytes { describe(key: $0) } }
}

/// A key as hexadecimal digits, or as text where it is a name.
package func describe(key: UnsafeRawBufferPointer) -> String {
    if key.allSatisfy({ $0 >= 0x61 && $0 <= 0x7A }) && !key.isEmpty {
        return String(decoding: key, as: UTF8.self)
    }
    return key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
