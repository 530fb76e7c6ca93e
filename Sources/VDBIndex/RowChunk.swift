package import VDBPrimitives
internal import VDBStorage

/// Ids and attribute cells of a run of rows, and which of them have a payload
/// (`Formats/database.md`, "rows").
package struct RowChunk {
    package static let layoutVersion: UInt8 = 3
    /// Version 1 knew no payloads, and has a zero where the count of their words is; versions 1 and
    /// 2 had no position.
    package static let versions: ClosedRange<UInt8> = 1...layoutVersion
    /// 2,016 ids and the header fill four pages; a multiple of 32.
    package static let rowCount = 2016

    /// `count` ids.
    package let ids: UnsafeBufferPointer<UInt64>
    package let columns: [ColumnView]
    /// A bit for each row; empty if none of them has a payload.
    private let payloadWords: UnsafeBufferPointer<UInt64>
    /// What the tables held of the log when the chunk was written; 0 where nobody noted it.
    package let position: UInt64

    package var count: Int { ids.count }

    /// A chunk in place; `value` has been checked and is aligned.
    package init(_ value: UnsafeRawBufferPointer, shape: RecordShape) throws(DecodingFailure) {
        var reader = ByteReader(value, offset: SealedValue.prologueSize)
        let count = Int(try reader.read(UInt32.self))
        let wordCount = Int(try reader.read(UInt32.self))
        guard count <= Self.rowCount else {
            throw .inconsistent("\(count) rows in a chunk of \(Self.rowCount)")
        }
        guard wordCount == 0 || wordCount == (count + 63) / 64 else {
            throw .inconsistent("\(wordCount) words of payloads for \(count) rows")
        }
        position = Self.isStamped(value) ? try reader.read(UInt64.self) : 0
        let field = try reader.readBytes(count * 8)
        ids = UnsafeBufferPointer(
            start: field.baseAddress?.assumingMemoryBound(to: UInt64.self), count: count)
        columns = try ColumnBuffer.views(&reader, shape: shape, count: count)
        let words = try reader.readBytes(wordCount * 8)
        payloadWords = UnsafeBufferPointer(
            start: words.baseAddress?.assumingMemoryBound(to: UInt64.self), count: wordCount)
    }

    /// A chunk without rows.
    ///
    /// - Parameter start: any address; nothing there is read.
    init(emptyAt start: UnsafeRawPointer, shape: RecordShape) {
        ids = UnsafeBufferPointer(start: nil, count: 0)
        columns = shape.columns.map {
            ColumnView(
                width: $0, cells: start, validity: nil,
                summary: ColumnSummary(minimum: 0, maximum: 0, count: 0, nullCount: 0))
        }
        payloadWords = UnsafeBufferPointer(start: nil, count: 0)
        position = 0
    }

    /// Whether the row at `index` was written with a payload.
    package func hasPayload(_ index: Int) -> Bool {
        !payloadWords.isEmpty && payloadWords[index >> 6] >> UInt64(index & 63) & 1 == 1
    }

    /// How many rows a chunk says that it holds.
    package static func count(in value: UnsafeRawBufferPointer) throws(DecodingFailure) -> Int {
        var reader = ByteReader(value, offset: SealedValue.prologueSize)
        return Int(try reader.read(UInt32.self))
    }

    /// The position that a chunk was written with; 0 where nobody noted it.
    package static func position(
        in value: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> UInt64 {
        guard isStamped(value) else { return 0 }
        var reader = ByteReader(value, offset: idOffset(0) - 8)
        return try reader.read(UInt64.self)
    }

    /// Whether it has a position: from layout version 3 on.
    private static func isStamped(_ value: UnsafeRawBufferPointer) -> Bool { value[5] >= 3 }

    /// Where the id at `index` stands in a chunk that has a position.
    static func idOffset(_ index: Int) -> Int { SealedValue.prologueSize + 16 + index * 8 }

    /// The id at `index` of a chunk, without looking at the rest; nil if there is none.
    static func id(_ index: Int, in value: UnsafeRawBufferPointer) -> UInt64? {
        guard value.count > SealedValue.prologueSize else { return nil }
        let offset = idOffset(index) - (isStamped(value) ? 0 : 8)
        guard offset + 8 <= value.count else { return nil }
        let count = value.load(fromByteOffset: SealedValue.prologueSize, as: UInt32.self)
        guard index < UInt32(littleEndian: count) else { return nil }
        return UInt64(littleEndian: value.load(fromByteOffset: offset, as: UInt64.self))
    }

    /// - Parameters:
    ///   - payloads: whether each row has one.
    ///   - position: what the tables hold of the log with this transaction.
    package static func encode(
        chunk: Int, ids: [UInt64], columns: [ColumnBuffer], payloads: [Bool], position: UInt64
    ) -> [UInt8] {
        precondition(ids.count <= rowCount, "\(ids.count) rows in a chunk of \(rowCount)")
        var writer = SealedValue.writer(
            kind: ValueKind.rowChunk, version: layoutVersion, reservingCapacity: ids.count * 32)
        writer.write(UInt32(ids.count))
        var words: [UInt64] = []
        for (index, hasPayload) in payloads.enumerated() where hasPayload {
            if words.isEmpty { words = [UInt64](repeating: 0, count: (ids.count + 63) / 64) }
            words[index >> 6] |= 1 << UInt64(index & 63)
        }
        writer.write(UInt32(words.count))
        writer.write(position)
        writer.write(contentsOf: ids)
        for column in columns { column.encode(into: &writer) }
        writer.write(contentsOf: words)
        return AlignedValue.finish(writer, key: Keys.chunk(chunk))
    }
}
