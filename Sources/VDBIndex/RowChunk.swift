package import VDBPrimitives
internal import VDBStorage

/// Ids and attribute cells of a run of rows (`Formats/database.md`, "rows").
package struct RowChunk {
    package static let layoutVersion: UInt8 = 1
    /// 2,016 ids and the header fill four pages; a multiple of 32.
    package static let rowCount = 2016

    /// `count` ids.
    package let ids: UnsafeBufferPointer<UInt64>
    package let columns: [ColumnView]

    package var count: Int { ids.count }

    /// A chunk in place; `value` has been checked and is aligned.
    package init(_ value: UnsafeRawBufferPointer, shape: RecordShape) throws(DecodingFailure) {
        var reader = ByteReader(value, offset: SealedValue.prologueSize)
        let count = Int(try reader.read(UInt32.self))
        _ = try reader.read(UInt32.self)
        guard count <= Self.rowCount else {
            throw .inconsistent("\(count) rows in a chunk of \(Self.rowCount)")
        }
        let field = try reader.readBytes(count * 8)
        ids = UnsafeBufferPointer(
            start: field.baseAddress?.assumingMemoryBound(to: UInt64.self), count: count)
        columns = try ColumnBuffer.views(&reader, shape: shape, count: count)
    }

    /// Where the id at `index` stands in a chunk.
    static func idOffset(_ index: Int) -> Int { SealedValue.prologueSize + 8 + index * 8 }

    /// The id at `index` of a chunk, without looking at the rest; nil if there is none.
    static func id(_ index: Int, in value: UnsafeRawBufferPointer) -> UInt64? {
        let offset = idOffset(index)
        guard offset + 8 <= value.count else { return nil }
        let count = value.load(fromByteOffset: SealedValue.prologueSize, as: UInt32.self)
        guard index < UInt32(littleEndian: count) else { return nil }
        return UInt64(littleEndian: value.load(fromByteOffset: offset, as: UInt64.self))
    }

    package static func encode(chunk: Int, ids: [UInt64], columns: [ColumnBuffer]) -> [UInt8] {
        precondition(ids.count <= rowCount, "\(ids.count) rows in a chunk of \(rowCount)")
        var writer = SealedValue.writer(
            kind: ValueKind.rowChunk, version: layoutVersion, reservingCapacity: ids.count * 32)
        writer.write(UInt32(ids.count))
        writer.write(UInt32(0))
        writer.write(contentsOf: ids)
        for column in columns { column.encode(into: &writer) }
        return AlignedValue.finish(writer, key: Keys.chunk(chunk))
    }
}
