package import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// The full vectors of a run of rows, contiguous and in row order (`Formats/vectors.md`).
///
/// Row order makes appending sequential, reranking one pointer addition, and re-clustering free of
/// charge. Vectors of float32 whose components are all small whole numbers, as those of pictures
/// and histograms are, are kept in bytes: nothing is lost, and a search reads a quarter.
package enum VectorChunk {
    package static let layoutVersion: UInt8 = 3
    /// Version 1 had no other element type than the schema's, and version 2 no stripes.
    package static let versions: ClosedRange<UInt8> = 1...layoutVersion

    /// Rows per chunk: the power of two that brings a chunk near 256 KiB, so that the part of a
    /// page that LMDB leaves unused at its end is small.
    package static func rowCount(vectorSize: Int) -> Int {
        var count = rowCounts.lowerBound
        while count < rowCounts.upperBound && count * vectorSize < 256 << 10 { count *= 2 }
        return count
    }

    /// What rows per chunk can be.
    package static let rowCounts = 64...8192

    /// - Parameters:
    ///   - vectors: the chunk's vectors from its first row on, in the schema's element type.
    ///   - vectorSize: bytes of each.
    package static func encode(
        chunk: Int, vectors: [UInt8], vectorSize: Int, element: ElementType
    ) -> [UInt8] {
        let narrow = narrowed(vectors, vectorSize: vectorSize, element: element)
        let stored = narrow?.bytes ?? vectors
        var writer = SealedValue.writer(
            kind: ValueKind.vectorChunk, version: layoutVersion,
            reservingCapacity: AlignedValue.headerSize + stored.count)
        writer.write(UInt32(vectors.count / vectorSize))
        writer.write(UInt32(vectorSize))
        writer.write(narrow?.element.rawValue ?? 0)
        let storedSize = vectorSize * (narrow?.element ?? element).bitCount / element.bitCount
        let checksums = VectorStripes.checksums(of: stored, vectorSize: storedSize)
        let key = Keys.chunk(chunk)
        writer.write([UInt8](repeating: 0, count: VectorStripes.rowCountOffset - writer.count))
        writer.write(UInt32(VectorStripes.rowCount(vectorSize: storedSize)))
        writer.write(VectorStripes.headChecksum(writer.bytes, checksums, key: key))
        writer.write([UInt8](repeating: 0, count: AlignedValue.headerSize - writer.count))
        writer.write(stored)
        writer.write([UInt8](repeating: 0, count: VectorStripes.gap(behind: stored.count)))
        writer.write(contentsOf: checksums)
        return AlignedValue.finish(writer, key: key)
    }

    /// How many vectors a chunk says that it holds.
    package static func count(in value: UnsafeRawBufferPointer) throws(DecodingFailure) -> Int {
        var reader = ByteReader(value, offset: SealedValue.prologueSize)
        return Int(try reader.read(UInt32.self))
    }

    /// The element type that a chunk is in, from its field for it; nil if there is none such.
    static func element(_ field: UInt8, schema: ElementType) -> ElementType? {
        guard field != 0 else { return schema }
        guard let element = ElementType(rawValue: field), element.integerRange != nil,
            schema == .float32
        else { return nil }
        return element
    }

    /// The vectors of a chunk, in place; `value` has been checked.
    package static func vectors(
        _ value: UnsafeRawBufferPointer, vectorSize: Int, element: ElementType
    ) throws(DecodingFailure) -> StoredVectors {
        var reader = ByteReader(value, offset: SealedValue.prologueSize)
        let count = Int(try reader.read(UInt32.self))
        let size = Int(try reader.read(UInt32.self))
        guard size == vectorSize else {
            throw .inconsistent("vectors of \(size) bytes, the schema says \(vectorSize)")
        }
        let field = try reader.read(UInt8.self)
        guard let stored = Self.element(field, schema: element) else {
            throw .unknownValue(field: "element type", value: UInt64(field))
        }
        _ = try reader.readBytes(AlignedValue.headerSize - reader.offset)
        let bytes = try reader.readBytes(count * (size * stored.bitCount / element.bitCount))
        guard let start = bytes.baseAddress else { throw .inconsistent("an empty chunk") }
        return StoredVectors(start: start, count: count, element: stored)
    }

    /// The vectors in bytes, if all their components are whole numbers that bytes can hold.
    private static func narrowed(
        _ vectors: [UInt8], vectorSize: Int, element: ElementType
    ) -> (bytes: [UInt8], element: ElementType)? {
        guard element == .float32, !vectors.isEmpty else { return nil }
        let dimension = vectorSize * 8 / element.bitCount
        var integers = [Int16](repeating: 0, count: dimension)
        return vectors.withUnsafeBytes { source in
            let floats = source.bindMemory(to: Float.self)
            guard let start = floats.baseAddress else { return nil }
            let narrow = [ElementType.uint8, .int8].first { narrow in
                stride(from: 0, to: floats.count, by: dimension).allSatisfy { first in
                    IntegerKernel.exactly(
                        start + first, count: dimension, element: narrow, into: &integers)
                }
            }
            guard let narrow else { return nil }
            let bytes = [UInt8](unsafeUninitializedCapacity: floats.count) { bytes, written in
                if let out = bytes.baseAddress {
                    ConversionKernel.encode(narrow, start, count: floats.count, into: out)
                }
                written = floats.count
            }
            return (bytes, narrow)
        }
    }
}
