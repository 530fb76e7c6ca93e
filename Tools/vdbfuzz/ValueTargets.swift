import VDBEngine
import VDBFilters
import VDBIndex
import VDBPrimitives
import VDBQuantizers
import VDBStorage
import VectorDB

extension Target {
    /// Each kind of stored value that can be read without the tables that it lies in.
    ///
    /// Their checksums are checked before they are decoded, so that here nothing has to match. The
    /// models need tables, and are changed in the target `tables`.
    static var values: [Target] {
        [
            value("schema") { bytes, _ in _ = try Schema(decoding: bytes).encode() },
            value("manifest") { bytes, _ in _ = try Manifest(unsealing: bytes).encode() },
            value("keyword") { bytes, _ in _ = try KeywordTable.decode(bytes) },
            value("dictionary") { bytes, _ in
                _ = try PayloadDictionary(number: 1, decoding: bytes)
            },
            value("payload", payload),
            value("identifiers") { bytes, _ in _ = try Identifiers.decode(bytes) },
            value("deleted") { bytes, _ in _ = try DeletedRows.decode(bytes) },
            value("operation") { bytes, schema in
                _ = try Operation(decoding: Array(bytes), shape: schema.shape).encode()
            },
            value("vectors", vectors),
            value("rows", rows),
            value("list-block", listBlock),
            value("attribute-segment", attributeSegment),
        ]
    }

    /// A target whose inputs say in their first byte which schema they are read by.
    private static func value(
        _ name: String, _ body: @escaping (UnsafeRawBufferPointer, Schema) throws -> Void
    ) -> Target {
        Target(name: name, seeds: { _ in try SampleDatabase.values(ofTarget: name) }) { bytes in
            let schemas = SampleDatabase.schemas
            let schema = schemas[Int(bytes.first ?? 0) % schemas.count]
            // As large as the input and aligned as in the map: reading behind it is noticed.
            let count = max(bytes.count - 1, 0)
            let value = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
            defer { value.deallocate() }
            if count > 0 { value.copyBytes(from: bytes[1...]) }
            do { try body(UnsafeRawBufferPointer(value), schema) } catch {}
        }
    }

    private static func payload(_ bytes: UnsafeRawBufferPointer, _ schema: Schema) throws {
        _ = try Payload.dictionaryNumber(of: bytes)
        _ = try Payload.decode(bytes, dictionary: SampleDatabase.dictionary)
    }

    private static func vectors(_ bytes: UnsafeRawBufferPointer, _ schema: Schema) throws {
        let shape = schema.shape
        let vectors = try VectorChunk.vectors(
            bytes, vectorSize: shape.vectorSize, element: shape.element)
        _ = vectors.bytes(shape)
        _ = vectors.firstStray(shape)
    }

    private static func rows(_ bytes: UnsafeRawBufferPointer, _ schema: Schema) throws {
        guard bytes.count >= SealedValue.prologueSize else { return }
        let chunk = try RowChunk(bytes, shape: schema.shape)
        for index in 0..<chunk.count {
            _ = (chunk.ids[index], chunk.hasPayload(index))
            _ = try? schema.values(
                of: chunk.columns.map { $0[index] },
                keywords: KeywordDictionary(attributeCount: schema.attributes.count))
        }
    }

    private static func listBlock(_ bytes: UnsafeRawBufferPointer, _ schema: Schema) throws {
        let block = try ListBlock(bytes)
        let entries = try block.entries(shape: schema.shape)
        for index in 0..<entries.count { _ = entries.code(index) }
        _ = entries.sortedByRow()
        _ = ListBlock.encode(entries, key: Key(1 as UInt32, 0), generation: block.generation)
    }

    private static func attributeSegment(
        _ bytes: UnsafeRawBufferPointer, _ schema: Schema
    ) throws {
        for width in CellWidth.allCases {
            guard let segment = try? AttributeSegment(bytes, width: width) else { continue }
            _ = segment.cells()
            for rank in 0..<segment.validCount { _ = segment.key(rank) }
            for low in [0, 5, UInt64.max] {
                _ = segment.ranks(low, .max).count
                _ = segment.rank(of: low)
            }
        }
    }
}
