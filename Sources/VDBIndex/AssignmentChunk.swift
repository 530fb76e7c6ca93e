package import VDBPrimitives
package import VDBStorage

/// The lists of a run of rows under one generation of models (`Formats/lists.md`, "assignments").
package enum AssignmentChunk {
    package static let layoutVersion: UInt8 = 1
    /// 1,016 lists and the header fill exactly one page.
    package static let rowCount = 1016
    /// The list of a row that is in none: it was dead when the lists were written.
    package static let none = UInt32.max

    package static func encode(key: Key, lists: [UInt32]) -> [UInt8] {
        precondition(lists.count <= rowCount, "\(lists.count) rows in a chunk of \(rowCount)")
        var writer = SealedValue.writer(
            kind: ValueKind.assignmentChunk, version: layoutVersion,
            reservingCapacity: lists.count * 4 + 8)
        writer.write(UInt32(lists.count))
        writer.write(UInt32(0))
        writer.write(contentsOf: lists)
        return SealedValue.seal(writer, key: key)
    }

    package static func decode(
        _ body: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> [UInt32] {
        var reader = ByteReader(body)
        let count = Int(try reader.read(UInt32.self))
        _ = try reader.read(UInt32.self)
        guard count <= rowCount else {
            throw .inconsistent("\(count) rows in a chunk of \(rowCount)")
        }
        let lists = try reader.readArray(of: UInt32.self, count: count)
        try reader.finish()
        return lists
    }

    /// Sets the lists of the rows from `firstRow` on.
    package static func write(
        _ lists: [UInt32], firstRow: Int, generation: UInt32,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.assignments)
        var row = firstRow
        let end = firstRow + lists.count
        while row < end {
            let chunk = row / rowCount
            let key = Keys.assignments(generation: generation, chunk: chunk)
            let before = row - chunk * rowCount
            let count = min(rowCount - before, end - row)
            var content = count < rowCount ? try read(key, transaction.access) ?? [] : []
            while content.count < before { content.append(none) }
            content.replaceSubrange(
                before..<min(before + count, content.count),
                with: lists[(row - firstRow)..<(row - firstRow + count)])
            try transaction.put(table, key, encode(key: key, lists: content))
            row += count
        }
    }

    /// The lists of a chunk's rows, or nil if there is no such chunk.
    package static func read(_ key: Key, _ access: Access) throws(StorageError) -> [UInt32]? {
        let table = access.environment.table(.assignments)
        guard
            let body = try access.body(
                table, key, kind: ValueKind.assignmentChunk, version: layoutVersion)
        else { return nil }
        do throws(DecodingFailure) {
            return try decode(body)
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
    }
}
