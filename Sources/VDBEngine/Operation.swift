package import VDBFilters
package import VDBIndex
package import VDBPrimitives

/// What one call changes, as one log record (`Formats/log.md`, "Payload"): ids to remove, then
/// records to put, each in the place of the live record of the same id if there is one, then
/// records whose attributes alone change.
///
/// It carries cells and the keywords that they need first, so that replaying needs no schema
/// lookups and gives the same codes.
package struct Operation: Sendable {
    /// The version that this code writes; version 1, which had no payloads, and version 2, which
    /// had no amendments, are read too.
    private static let version: UInt8 = 3
    /// The longest that the log takes.
    static let sizeLimit = 1 << 30

    package var keywords: [KeywordDictionary.Entry] = []
    package var deletedIDs: [UInt64] = []
    package var ids: [UInt64] = []
    package var columns: [ColumnBuffer]
    /// `ids.count` vectors in the stored element type, one after the other.
    package var vectors: [UInt8] = []
    /// The payloads of the puts that have one, by the put's index, ascending.
    package var payloads: [(index: Int, bytes: [UInt8])] = []
    /// Records that get other cells, and all of these.
    package var amendedIDs: [UInt64] = []
    package var amendedColumns: [ColumnBuffer]

    package init(shape: RecordShape) {
        columns = shape.columns.map { ColumnBuffer(width: $0) }
        amendedColumns = columns
    }

    /// Bytes of vectors and payloads.
    package var size: Int { vectors.count + payloads.reduce(0) { $0 + $1.bytes.count } }

    package var isEmpty: Bool { deletedIDs.isEmpty && ids.isEmpty && amendedIDs.isEmpty }

    package func encode() -> [UInt8] {
        var writer = ByteWriter(
            reservingCapacity: vectors.count + (ids.count + amendedIDs.count) * 64
                + deletedIDs.count * 8 + 64
                + payloads.reduce(0) { $0 + $1.bytes.count + 8 })
        writer.write(Self.version)
        writer.write([UInt8](repeating: 0, count: 3))
        writer.write(UInt32(keywords.count))
        writer.write(UInt32(deletedIDs.count))
        writer.write(UInt32(ids.count))
        writer.write(UInt32(payloads.count))
        writer.write(UInt32(amendedIDs.count))
        writer.write(contentsOf: deletedIDs)
        writer.write(contentsOf: ids)
        writer.write(contentsOf: amendedIDs)
        for run in [columns, amendedColumns] where run.first?.count ?? 0 > 0 {
            for column in run { column.encode(into: &writer) }
        }
        writer.write(vectors)
        for entry in keywords {
            writer.write(UInt32(entry.attributeIndex))
            writer.write(entry.code)
            writer.write(entry.text)
        }
        for payload in payloads {
            writer.write(UInt32(payload.index))
            writer.write(UInt32(payload.bytes.count))
            writer.write(payload.bytes)
        }
        return writer.finish()
    }

    package init(decoding payload: [UInt8], shape: RecordShape) throws(DecodingFailure) {
        self.init(shape: shape)
        var failure: DecodingFailure?
        payload.withUnsafeBytes { bytes in
            do throws(DecodingFailure) {
                try decode(bytes, shape: shape)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private mutating func decode(
        _ bytes: UnsafeRawBufferPointer, shape: RecordShape
    ) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard (1...Self.version).contains(version) else {
            throw .unknownValue(field: "operation version", value: UInt64(version))
        }
        _ = try reader.readBytes(3)
        let keywordCount = Int(try reader.read(UInt32.self))
        let deletedCount = Int(try reader.read(UInt32.self))
        let putCount = Int(try reader.read(UInt32.self))
        let payloadCount = version == 1 ? 0 : Int(try reader.read(UInt32.self))
        let reserved = version == 1 ? 0 : Int(try reader.read(UInt32.self))
        let amendedCount = version < 3 ? 0 : reserved
        deletedIDs = try reader.readArray(of: UInt64.self, count: deletedCount)
        ids = try reader.readArray(of: UInt64.self, count: putCount)
        amendedIDs = try reader.readArray(of: UInt64.self, count: amendedCount)
        if putCount > 0 || version < 3 {
            try Self.decodeColumns(&reader, shape, count: putCount, into: &columns)
        }
        if amendedCount > 0 {
            try Self.decodeColumns(&reader, shape, count: amendedCount, into: &amendedColumns)
        }
        let vectorBytes = try reader.readBytes(putCount * shape.vectorSize)
        if shape.element == .bit,
            let stray = PackedBits.firstStray(in: vectorBytes, dimension: shape.dimension)
        {
            throw .inconsistent("the vector of put \(stray) has bits behind its last component")
        }
        vectors = Array(vectorBytes)
        for _ in 0..<keywordCount {
            keywords.append(
                KeywordDictionary.Entry(
                    attributeIndex: Int(try reader.read(UInt32.self)), code: try reader.read(),
                    text: try reader.readString()))
        }
        for _ in 0..<payloadCount { try decodePayload(&reader, putCount: putCount) }
        try reader.finish()
    }

    private static func decodeColumns(
        _ reader: inout ByteReader, _ shape: RecordShape, count: Int,
        into columns: inout [ColumnBuffer]
    ) throws(DecodingFailure) {
        let views = try ColumnBuffer.views(&reader, shape: shape, count: count)
        for (index, view) in views.enumerated() { columns[index].append(contentsOf: view) }
    }

    private mutating func decodePayload(
        _ reader: inout ByteReader, putCount: Int
    ) throws(DecodingFailure) {
        let index = Int(try reader.read(UInt32.self))
        guard index < putCount, index > payloads.last?.index ?? -1 else {
            throw .inconsistent("a payload of put \(index) of \(putCount)")
        }
        let size = Int(try reader.read(UInt32.self))
        payloads.append((index, Array(try reader.readBytes(size))))
    }
}
