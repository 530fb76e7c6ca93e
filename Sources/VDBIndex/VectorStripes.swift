internal import VDBPrimitives
internal import VDBStorage

/// Checksums of small runs of a chunk's vectors (`Formats/vectors.md`, "Stripes"): who looks at one
/// vector need not read the whole chunk.
enum VectorStripes {
    /// The first layout version of a chunk that has them.
    static let firstVersion: UInt8 = 3
    static let rowCountOffset = 20
    private static let checksumOffset = 24

    /// Vectors that share a checksum: about a page of them, a power of two.
    static func rowCount(vectorSize: Int) -> Int {
        var count = 1
        while 2 * count * vectorSize <= 4096 { count *= 2 }
        return count
    }

    /// Zeros between the vectors and the checksums.
    static func gap(behind size: Int) -> Int { -size & 3 }

    static func checksums(of vectors: [UInt8], vectorSize: Int) -> [UInt32] {
        let size = rowCount(vectorSize: vectorSize) * vectorSize
        return vectors.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: size).map {
                crc32c(UnsafeRawBufferPointer(rebasing: bytes[$0..<min($0 + size, bytes.count)]))
            }
        }
    }

    /// - Parameter head: the value up to the head checksum.
    static func headChecksum(_ head: [UInt8], _ checksums: [UInt32], key: Key) -> UInt32 {
        head.withUnsafeBytes { head in
            checksums.withUnsafeBytes { headChecksum(head, $0, key: key) }
        }
    }

    private static func headChecksum(
        _ head: UnsafeRawBufferPointer, _ checksums: UnsafeRawBufferPointer, key: Key
    ) -> UInt32 {
        let ofKey = key.withBytes { crc32c($0) }
        let fields = UnsafeRawBufferPointer(rebasing: head[4..<checksumOffset])
        return crc32c(checksums, seed: crc32c(fields, seed: ofKey))
    }

    /// Checks what a chunk of layout version 3 says of itself, but no vector.
    ///
    /// - Parameter expected: the vectors that the chunk holds, at least.
    /// - Returns: the type that the vectors are stored in.
    static func checkHead(
        _ value: UnsafeRawBufferPointer, key: Key, shape: RecordShape, count expected: Int
    ) throws(DecodingFailure) -> ElementType {
        _ = try SealedValue.openUnchecked(
            value, kind: ValueKind.vectorChunk, version: VectorChunk.layoutVersion)
        let vectors = try VectorChunk.vectors(
            value, vectorSize: shape.vectorSize, element: shape.element)
        let size = shape.storedSize(as: vectors.element)
        let rowCount = rowCount(vectorSize: size)
        let stored = value.loadUnaligned(fromByteOffset: rowCountOffset, as: UInt32.self)
        guard UInt32(littleEndian: stored) == UInt32(rowCount) else {
            throw .inconsistent("\(UInt32(littleEndian: stored)) rows in a stripe of \(rowCount)")
        }
        guard vectors.count >= expected else {
            throw .inconsistent("\(vectors.count) vectors in a chunk of \(expected)")
        }
        let start = checksumsOffset(count: vectors.count, vectorSize: size)
        let end = start + (vectors.count + rowCount - 1) / rowCount * 4
        guard end <= value.count else {
            throw .truncated(needed: end, available: value.count)
        }
        let computed = headChecksum(
            value, UnsafeRawBufferPointer(rebasing: value[start..<end]), key: key)
        let head = value.loadUnaligned(fromByteOffset: checksumOffset, as: UInt32.self)
        guard UInt32(littleEndian: head) == computed else {
            throw .checksumMismatch(stored: UInt32(littleEndian: head), computed: computed)
        }
        return vectors.element
    }

    /// Checks the vectors of one stripe of a chunk whose head has been checked.
    ///
    /// - Parameter size: bytes of a vector as stored.
    static func check(
        _ stripe: Int, of value: UnsafeRawBufferPointer, vectorSize size: Int
    ) throws(DecodingFailure) {
        let count = try VectorChunk.count(in: value)
        let rowCount = rowCount(vectorSize: size)
        let rows = stripe * rowCount..<min((stripe + 1) * rowCount, count)
        let bytes = UnsafeRawBufferPointer(
            rebasing: value[
                AlignedValue.headerSize + rows.lowerBound * size..<AlignedValue.headerSize
                    + rows.upperBound * size])
        let stored = UInt32(
            littleEndian: value.loadUnaligned(
                fromByteOffset: checksumsOffset(count: count, vectorSize: size) + 4 * stripe,
                as: UInt32.self))
        let computed = crc32c(bytes)
        guard stored == computed else {
            throw .checksumMismatch(stored: stored, computed: computed)
        }
    }

    private static func checksumsOffset(count: Int, vectorSize: Int) -> Int {
        let size = count * vectorSize
        return AlignedValue.headerSize + size + gap(behind: size)
    }
}
