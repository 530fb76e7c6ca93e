/// Reads a stored record field by field; every read is bounds-checked.
///
/// It does not own the bytes: use it only within the scope that the bytes are valid in.
package struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// Bytes from the start of the record.
    package private(set) var offset: Int

    package init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    package var remaining: Int { bytes.count - offset }

    package mutating func read<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self
    ) throws(DecodingFailure) -> Value {
        try readInteger()
    }

    // The same for each type in use: other modules do not specialize what is generic here, and
    // reading a field would take a hundred times as long.

    package mutating func read(_ type: UInt8.Type = UInt8.self) throws(DecodingFailure) -> UInt8 {
        try readInteger()
    }

    package mutating func read(
        _ type: UInt16.Type = UInt16.self
    ) throws(DecodingFailure) -> UInt16 {
        try readInteger()
    }

    package mutating func read(
        _ type: UInt32.Type = UInt32.self
    ) throws(DecodingFailure) -> UInt32 {
        try readInteger()
    }

    package mutating func read(
        _ type: UInt64.Type = UInt64.self
    ) throws(DecodingFailure) -> UInt64 {
        try readInteger()
    }

    @inline(__always)
    private mutating func readInteger<Value: FixedWidthInteger>() throws(DecodingFailure)
        -> Value
    {
        let field = try readBytes(MemoryLayout<Value>.size)
        return Value(littleEndian: field.loadUnaligned(as: Value.self))
    }

    package mutating func readFloat() throws(DecodingFailure) -> Float {
        Float(bitPattern: try read(UInt32.self))
    }

    /// The next `count` bytes, in place.
    package mutating func readBytes(_ count: Int) throws(DecodingFailure)
        -> UnsafeRawBufferPointer
    {
        guard count >= 0, count <= remaining else {
            throw .truncated(needed: offset + max(count, 0), available: bytes.count)
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// `count` trivial values, copied out.
    package mutating func readArray<Value: BitwiseCopyable>(
        of type: Value.Type, count: Int
    ) throws(DecodingFailure) -> [Value] {
        let stride = MemoryLayout<Value>.stride
        guard count >= 0, count <= remaining / stride else {
            throw .truncated(needed: offset &+ count &* stride, available: bytes.count)
        }
        let field = try readBytes(count * stride)
        return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: field)
            initialized = count
        }
    }

    /// A string written by `ByteWriter`: u32 size in bytes, then UTF-8.
    package mutating func readString() throws(DecodingFailure) -> String {
        let size = Int(try read(UInt32.self))
        let field = try readBytes(size)
        guard let string = String(validating: field, as: UTF8.self) else {
            throw .inconsistent("text of \(size) bytes is not UTF-8")
        }
        return string
    }

    /// Refuses bytes after the last field.
    package func finish() throws(DecodingFailure) {
        guard remaining == 0 else { throw .trailingBytes(remaining) }
    }
}
