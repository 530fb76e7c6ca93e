internal import VDBPrimitives
internal import VDBStorage

/// The centroids of a run of slots (`Formats/models.md`, "Centroids").
///
/// A split writes the chunks of the slots that it touches and no other.
enum CentroidChunk {
    static let layoutVersion: UInt8 = 1
    /// Parts of the key before the first chunk's are those of other records of the generation.
    static let firstPart: UInt32 = 16

    /// Slots in a chunk: some 16 KiB, so that little of its last page is left unused.
    static func slotCount(dimension: Int) -> Int { max(1, (16 << 10) / (4 * dimension)) }

    static func encode(_ key: Key, centroids: [Float], dimension: Int) -> [UInt8] {
        var writer = SealedValue.writer(
            kind: ValueKind.centroidChunk, version: layoutVersion,
            reservingCapacity: centroids.count * 4 + 8)
        writer.write(UInt32(centroids.count / dimension))
        writer.write(UInt32(dimension))
        writer.write(contentsOf: centroids)
        return SealedValue.seal(writer, key: key)
    }

    /// The centroids of a chunk of `count` slots, row by row.
    static func decode(
        _ reader: inout ByteReader, count: Int, dimension: Int
    ) throws(DecodingFailure) -> [Float] {
        let stored = Int(try reader.read(UInt32.self))
        let width = Int(try reader.read(UInt32.self))
        guard stored == count, width == dimension else {
            throw .inconsistent(
                "\(stored) centroids of dimension \(width), \(count) of \(dimension) are expected")
        }
        return try reader.readArray(of: Float.self, count: count * dimension)
    }
}
