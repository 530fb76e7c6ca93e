package import VDBPrimitives
internal import VDBQuantizers

extension StoredVectors {
    /// The index of the first vector of bits with a bit behind its last component, or nil.
    package func firstStray(_ shape: RecordShape) -> Int? {
        guard element == .bit else { return nil }
        return PackedBits.firstStray(
            in: UnsafeRawBufferPointer(start: start, count: count * shape.vectorSize),
            dimension: shape.dimension)
    }

    /// The vectors in the schema's element type, as they were given.
    package func bytes(_ shape: RecordShape) -> [UInt8] {
        let size = count * shape.vectorSize
        return [UInt8](unsafeUninitializedCapacity: size) { bytes, written in
            if let out = UnsafeMutableRawPointer(bytes.baseAddress) {
                if element == shape.element {
                    out.copyMemory(from: start, byteCount: size)
                } else {
                    // Only float32 is stored in a narrower type.
                    ConversionKernel.decode(
                        element, start, count: count * shape.dimension,
                        into: out.assumingMemoryBound(to: Float.self))
                }
            }
            written = size
        }
    }
}
