package import VDBPrimitives
package import VDBStorage

/// The dead rows, as bitmaps of 8,192 rows each (`Formats/database.md`, "deleted").
package enum DeletedRows {
    package static let layoutVersion: UInt8 = 1

    package static func encode(chunk: Int, words: [UInt64]) -> [UInt8] {
        var writer = SealedValue.writer(
            kind: ValueKind.deletedChunk, version: layoutVersion,
            reservingCapacity: words.count * 8)
        writer.write(contentsOf: words)
        return SealedValue.seal(writer, key: Keys.chunk(chunk))
    }

    /// The words of a chunk's bitmap.
    package static func decode(_ body: UnsafeRawBufferPointer) throws(DecodingFailure) -> [UInt64] {
        var reader = ByteReader(body)
        let words = try reader.readArray(of: UInt64.self, count: RowSet.chunkRowCount / 64)
        try reader.finish()
        return words
    }

    package static func read(_ access: Access) throws(StorageError) -> RowSet {
        let table = access.environment.table(.deleted)
        var rows = RowSet()
        let cursor = try access.cursor(table)
        var entry = try cursor.first()
        while let found = entry {
            do throws(DecodingFailure) {
                guard let chunk = found.keyPart(UInt32.self), found.key.count == 4 else {
                    throw .inconsistent("a key of \(found.key.count) bytes")
                }
                guard Int(chunk) < RowSet.chunkLimit else {
                    throw .inconsistent("chunk \(chunk) is of rows that no table can have")
                }
                let body = try SealedValue.open(
                    found.value, key: Keys.chunk(Int(chunk)), kind: ValueKind.deletedChunk,
                    version: layoutVersion)
                rows.formUnion(chunk: Int(chunk), words: try decode(body))
            } catch {
                throw .damaged(
                    table: table.name, key: describe(key: found.key), failure: error)
            }
            entry = try cursor.next()
        }
        return rows
    }

    /// Writes the chunks in which `rows` differs from `earlier`.
    package static func write(
        _ rows: RowSet, since earlier: RowSet, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.deleted)
        for chunk in rows.chunksChanged(since: earlier) {
            guard let words = rows.words(ofChunk: chunk) else { continue }
            try transaction.put(table, Keys.chunk(chunk), encode(chunk: chunk, words: words))
        }
    }
}
