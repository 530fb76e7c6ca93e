package import VDBPrimitives
package import VDBStorage

/// Writes entries of lists. Appending rewrites a list's last block alone.
package enum ListWriter {
    /// Appends `entries` to `list` and returns the number of blocks written.
    @discardableResult
    package static func append(
        _ entries: ListEntries, to list: UInt32, generation: UInt32, shape: RecordShape,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) -> Int {
        guard entries.count > 0 else { return 0 }
        let table = transaction.environment.table(.lists)
        var pending = entries
        var block: UInt32 = 0
        let last = try lastBlock(of: list, transaction.access) {
            (block) throws(DecodingFailure) in try block.entries(shape: shape)
        }
        if let last {
            block = last.block
            if last.content.count < ListBlock.capacity {
                pending = last.content
                pending.append(contentsOf: entries)
            } else {
                block += 1
            }
        }
        var written = 0
        for start in stride(from: 0, to: pending.count, by: ListBlock.capacity) {
            let piece = pending.slice(start..<min(start + ListBlock.capacity, pending.count))
            let key = Keys.block(list: list, block: block + UInt32(written))
            try transaction.put(
                table, key, ListBlock.encode(piece, key: key, generation: generation))
            written += 1
        }
        return written
    }

    /// Puts `entries`, in ascending order of their rows, in the place of all that `list` holds.
    package static func replace(
        _ list: UInt32, with entries: ListEntries, generation: UInt32,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.lists)
        var block: UInt32 = 0
        for start in stride(from: 0, to: entries.count, by: ListBlock.capacity) {
            let piece = entries.slice(start..<min(start + ListBlock.capacity, entries.count))
            let key = Keys.block(list: list, block: block)
            try transaction.put(
                table, key, ListBlock.encode(piece, key: key, generation: generation))
            block += 1
        }
        // Blocks are numbered without a gap.
        while try transaction.remove(table, Keys.block(list: list, block: block)) { block += 1 }
    }

    /// Gives entries of one block other cells; codes, corrections and rows stay as they are.
    ///
    /// - Parameter changes: places in the block, and what stands there from now on.
    package static func amend(
        block key: Key, _ changes: [(place: Int, cells: [UInt64?])], shape: RecordShape,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.lists)
        let found = try transaction.access.value(table, key)
        let encoded: [UInt8]
        do throws(DecodingFailure) {
            guard let value = found else { throw .inconsistent("the block is missing") }
            _ = try SealedValue.open(
                value, key: key, kind: ValueKind.listBlock, version: ListBlock.layoutVersion)
            let block = try ListBlock(value)
            var columns = shape.columns.map { ColumnBuffer(width: $0) }
            for (index, view) in try block.columns(shape: shape).enumerated() {
                columns[index].append(contentsOf: view)
            }
            for (place, cells) in changes {
                guard place < block.count else {
                    throw .inconsistent("entry \(place) of \(block.count)")
                }
                for (column, cell) in cells.enumerated() { columns[column][place] = cell }
            }
            encoded = block.encoded(with: columns, key: key)
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
        try transaction.put(table, key, encoded)
    }

    /// The entries of a list, as the transaction has it: all blocks but the last are full.
    package static func entryCount(
        of list: UInt32, _ access: Access
    ) throws(StorageError) -> Int {
        let last = try lastBlock(of: list, access) { (block) throws(DecodingFailure) in
            block.count
        }
        guard let last else { return 0 }
        return Int(last.block) * ListBlock.capacity + last.content
    }

    private static func lastBlock<Content>(
        of list: UInt32, _ access: Access,
        _ content: (ListBlock) throws(DecodingFailure) -> Content
    ) throws(StorageError) -> (block: UInt32, content: Content)? {
        let table = access.environment.table(.lists)
        let cursor = try access.cursor(table)
        let behind = try cursor.seek(Keys.block(list: list + 1, block: 0))
        guard let entry = try behind == nil ? cursor.last() : cursor.previous(),
            entry.keyPart(UInt32.self) == list,
            let block = entry.keyPart(UInt32.self, at: 4)
        else { return nil }
        let key = Keys.block(list: list, block: block)
        do throws(DecodingFailure) {
            _ = try SealedValue.open(
                entry.value, key: key, kind: ValueKind.listBlock,
                version: ListBlock.layoutVersion)
            return (block, try content(ListBlock(entry.value)))
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
    }
}
