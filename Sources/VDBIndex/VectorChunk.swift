package import VDBPrimitives
internal import VDBStorage

/// The full vectors of a run of rows, contiguous and in row order (`Formats/vectors.md`).
///
/// Row order makes appending sequential, reranking one pointer addition, and re-clustering free of
/// charge.
package enum VectorChunk {
    package static let layoutVersion: UInt8 = 1

    /// Rows per chunk: the power of two that brings a chunk near 256 KiB, so that the part of a
    /// page that LMDB leaves unused at its end is small.
    package static func rowCount(vectorSize: Int) -> Int {
        var count = 64
        while count < 8192 && count * vectorSize < 256 << 10 { count *= 2 }
        return count
    }

    /// - Parameter vectors: the chunk's vectors from its first row on.
    package static func encode(
        chunk: Int, vectors: [UInt8], vectorSize: Int
    ) -> [UInt8] {
        var writer = SealedValue.writer(
            kind: ValueKind.vectorChunk, version: layoutVersion,
            reservingCapacity: AlignedValue.headerSize + vectors.count)
        writer.write(UInt32(vectors.count / vectorSize))
        writer.write(UInt32(vectorSize))
        writer.write([UInt8](repeating: 0, count: AlignedValue.headerSize - writer.count))
        writer.write(vectors)
        return AlignedValue.finish(writer, key: Keys.chunk(chunk))
    }

    /// How many vectors a chunk says that it holds.
    package static func count(in value: UnsafeRawBufferPointer) throws(DecodingFailure) -> Int {
        var reader = ByteReader(value, offset: SealedValue.prologueSize)
        return Int(try reader.read(UInt32.self))
    }

    /// The vectors of a chunk, in place; `value` has been checked.
    package static func vectors(
        _ value: UnsafeRawBufferPointer, vectorSize: Int
    ) throws(DecodingFailure) -> UnsafeRawBufferPointer {
        var reader = ByteReader(value, offset: SealedValue.prologueSize)
        let count = Int(try reader.read(UInt32.self))
        let size = Int(try reader.read(UInt32.self))
        guard size == vectorSize else {
            throw .inconsistent("vectors of \(size) bytes, the schema says \(vectorSize)")
        }
        _ = try reader.readBytes(AlignedValue.headerSize - reader.offset)
        return try reader.readBytes(count * size)
    }
}
