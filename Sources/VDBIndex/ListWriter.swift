package import VDBPrimitives
package import VDBStorage

/// Adds entries to lists; only a list's last block is ever rewritten.
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
        if let last = try lastBlock(of: list, shape: shape, transaction.access) {
            block = last.block
            if last.entries.count < ListBlock.capacity {
                pending = last.entries
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

    /// Removes all blocks of the lists in `lists`, at most `limit` of them.
    ///
    /// - Returns: the number of blocks removed; fewer than `limit` when none is left.
    package static func removeLists(
        _ lists: Range<UInt32>, limit: Int, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) -> Int {
        let table = transaction.environment.table(.lists)
        let keys = try blockKeys(in: lists, limit: limit, transaction.access)
        for key in keys { try transaction.remove(table, key) }
        return keys.count
    }

    private static func blockKeys(
        in lists: Range<UInt32>, limit: Int, _ access: Access
    ) throws(StorageError) -> [Key] {
        var keys: [Key] = []
        let cursor = try access.cursor(access.environment.table(.lists))
        var found = try cursor.seek(Keys.block(list: lists.lowerBound, block: 0))
        while let entry = found, keys.count < limit {
            guard let list = entry.keyPart(UInt32.self),
                let block = entry.keyPart(UInt32.self, at: 4), list < lists.upperBound
            else { break }
            keys.append(Keys.block(list: list, block: block))
            found = try cursor.next()
        }
        return keys
    }

    private static func lastBlock(
        of list: UInt32, shape: RecordShape, _ access: Access
    ) throws(StorageError) -> (block: UInt32, entries: ListEntries)? {
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
            return (block, try ListBlock(entry.value).entries(shape: shape))
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
    }
}
