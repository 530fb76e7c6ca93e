/// Builds a stored record: fixed-width little-endian fields, one after the other.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(reservingCapacity capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    package var count: Int { bytes.count }

    package mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ value: Float) { write(value.bitPattern) }

    /// Raw bytes, as they are.
    package mutating func write(_ raw: UnsafeRawBufferPointer) { bytes.append(contentsOf: raw) }
    package mutating func write(_ raw: [UInt8]) { bytes.append(contentsOf: raw) }

    /// A run of trivial values in memory order (little-endian machines only, which is all we run
    /// on).
    package mutating func write<Value: BitwiseCopyable>(contentsOf values: [Value]) {
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// A string: u32 size in bytes, then UTF-8.
    package mutating func write(_ string: String) {
        write(UInt32(string.utf8.count))
        bytes.append(contentsOf: string.utf8)
    }

    /// Zero bytes until the count is a multiple of `alignment`, plus `offset`.
    package mutating func pad(to alignment: Int, offset: Int = 0) {
        while (bytes.count + offset) % alignment != 0 { bytes.append(0) }
    }

    /// Puts `value` over the bytes at `offset`, which were written before.
    package mutating func overwrite<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        precondition(
            offset + MemoryLayout<Value>.size <= bytes.count,
            "overwriting at \(offset) of \(bytes.count) bytes")
        withUnsafeBytes(of: value.littleEndian) { source in
            for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
        }
    }

    package consuming func finish() -> [UInt8] { bytes }
}
