/// Vectors of bits, packed as `ElementType.bit` says.
package enum PackedBits {
    /// The index of the first vector in `bytes`, one after the other, that has a bit behind its
    /// last component, or nil: distances would count it.
    package static func firstStray(
        in bytes: UnsafeRawBufferPointer, dimension: Int
    ) -> Int? {
        guard dimension % 8 != 0 else { return nil }
        let size = ElementType.bit.vectorSize(dimension: dimension)
        let unused = UInt8.max << UInt8(dimension % 8)
        return (0..<bytes.count / size).first { bytes[$0 * size + size - 1] & unused != 0 }
    }
}
