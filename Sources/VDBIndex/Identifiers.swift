package import VDBPrimitives
package import VDBStorage

/// Id → row, in buckets sorted by id (`Formats/database.md`, "identifiers").
///
/// A bucket holds up to 166 entries, so that two fill a page; its key is not above its first id and
/// above all ids of the bucket before. One entry costs 12 bytes where LMDB alone would take 30.
package enum Identifiers {
    package static let layoutVersion: UInt8 = 1
    package static let bucketCapacity = 166

    /// One id and its live row.
    package struct Entry: Sendable, Hashable {
        package var id: UInt64
        package var row: UInt32

        package init(id: UInt64, row: UInt32) {
            self.id = id
            self.row = row
        }
    }

    package static func encode(key: Key, entries: ArraySlice<Entry>) -> [UInt8] {
        var writer = SealedValue.writer(
            kind: ValueKind.identifierBucket, version: layoutVersion,
            reservingCapacity: 8 + entries.count * 12)
        writer.write(UInt32(entries.count))
        writer.write(UInt32(0))
        writer.write(contentsOf: entries.map(\.id))
        writer.write(contentsOf: entries.map(\.row))
        return SealedValue.seal(writer, key: key)
    }

    package static func decode(
        _ body: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> [Entry] {
        var reader = ByteReader(body)
        let count = Int(try reader.read(UInt32.self))
        _ = try reader.read(UInt32.self)
        guard count <= bucketCapacity else {
            throw .inconsistent("\(count) ids in a bucket of \(bucketCapacity)")
        }
        let ids = try reader.readArray(of: UInt64.self, count: count)
        let rows = try reader.readArray(of: UInt32.self, count: count)
        try reader.finish()
        // Each look-up of an id comes by here: a plain loop is fast without optimization too.
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        var index = 0
        while index < count {
            let id = ids[index]
            guard index == 0 || ids[index - 1] < id else {
                throw .inconsistent("ids are not in ascending order")
            }
            entries.append(Entry(id: id, row: rows[index]))
            index += 1
        }
        return entries
    }

    /// The row of `id`, or nil.
    package static func row(
        of id: UInt64, _ access: Access
    ) throws(StorageError) -> UInt32? {
        guard let bucket = try bucket(for: id, access) else { return nil }
        let index = insertionIndex(of: id, in: bucket.entries)
        guard index < bucket.entries.count, bucket.entries[index].id == id else { return nil }
        return bucket.entries[index].row
    }

    /// The highest id, or nil if there is none.
    package static func highestID(_ access: Access) throws(StorageError) -> UInt64? {
        let table = access.environment.table(.identifiers)
        let cursor = try access.cursor(table)
        guard let entry = try cursor.last() else { return nil }
        return try bucket(at: entry, table: table).entries.last?.id
    }

    /// Visits all buckets in the order of their ids.
    package static func forEachBucket(
        _ access: Access, _ body: (UInt64, [Entry]) throws(StorageError) -> Void
    ) throws(StorageError) {
        let cursor = try access.cursor(access.environment.table(.identifiers))
        var found = try cursor.first()
        while let entry = found {
            let bucket = try bucket(at: entry, table: access.environment.table(.identifiers))
            try body(bucket.firstID, bucket.entries)
            found = try cursor.next()
        }
    }

    /// Sets the rows of ids, and removes those whose row is nil.
    ///
    /// - Parameter changes: one change an id, in ascending order of the ids.
    package static func apply(
        _ changes: [(id: UInt64, row: UInt32?)], _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.identifiers)
        var next = 0
        while next < changes.count {
            let access = transaction.access
            let bucket = try bucket(for: changes[next].id, access)
            let end = try firstID(after: changes[next].id, access)
            var last = next
            while last < changes.count, end.map({ changes[last].id < $0 }) ?? true { last += 1 }
            let merged = merge(bucket?.entries ?? [], changes[next..<last])
            if let bucket {
                try transaction.remove(table, Keys.identifierBucket(firstID: bucket.firstID))
            }
            for piece in pieces(merged, areLast: end == nil) {
                let key = Keys.identifierBucket(firstID: piece[piece.startIndex].id)
                let value = encode(key: key, entries: piece)
                if end == nil {
                    // LMDB would leave each page half empty, as for keys that come in any order.
                    try transaction.append(table, key, value)
                } else {
                    try transaction.put(table, key, value)
                }
            }
            next = last
        }
    }

    /// Behind all others, buckets are filled, as ids mostly ascend; in between they are cut into
    /// equal parts, which leaves room for the ids that come there in any order.
    private static func pieces(_ entries: [Entry], areLast: Bool) -> [ArraySlice<Entry>] {
        let count = (entries.count + bucketCapacity - 1) / bucketCapacity
        return (0..<count).map { piece in
            areLast
                ? entries[piece * bucketCapacity..<min((piece + 1) * bucketCapacity, entries.count)]
                : entries[piece * entries.count / count..<(piece + 1) * entries.count / count]
        }
    }

    private static func merge(
        _ entries: [Entry], _ changes: ArraySlice<(id: UInt64, row: UInt32?)>
    ) -> [Entry] {
        var merged: [Entry] = []
        merged.reserveCapacity(entries.count + changes.count)
        var old = 0
        for change in changes {
            while old < entries.count, entries[old].id < change.id {
                merged.append(entries[old])
                old += 1
            }
            if old < entries.count, entries[old].id == change.id { old += 1 }
            if let row = change.row { merged.append(Entry(id: change.id, row: row)) }
        }
        merged.append(contentsOf: entries[old...])
        return merged
    }

    private static func insertionIndex(of id: UInt64, in entries: [Entry]) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The bucket that `id` belongs to: the last whose key is not above it, else the first.
    private static func bucket(
        for id: UInt64, _ access: Access
    ) throws(StorageError) -> (firstID: UInt64, entries: [Entry])? {
        let table = access.environment.table(.identifiers)
        let cursor = try access.cursor(table)
        let at = try cursor.seek(Keys.identifierBucket(firstID: id))
        if let at, at.keyPart(UInt64.self) == id { return try bucket(at: at, table: table) }
        var found = try at == nil ? cursor.last() : cursor.previous()
        if found == nil { found = try cursor.first() }
        guard let found else { return nil }
        return try bucket(at: found, table: table)
    }

    /// The key of the first bucket behind the one that `id` belongs to.
    private static func firstID(
        after id: UInt64, _ access: Access
    ) throws(StorageError) -> UInt64? {
        guard id < .max else { return nil }
        let cursor = try access.cursor(access.environment.table(.identifiers))
        guard let at = try cursor.seek(Keys.identifierBucket(firstID: id + 1)) else { return nil }
        if try cursor.previous() == nil {
            // `id` lies before the first bucket and goes into it: the one behind that counts.
            _ = try cursor.first()
            return try cursor.next()?.keyPart(UInt64.self)
        }
        return at.keyPart(UInt64.self)
    }

    private static func bucket(
        at entry: Cursor.Entry, table: Table
    ) throws(StorageError) -> (firstID: UInt64, entries: [Entry]) {
        do throws(DecodingFailure) {
            guard let firstID = entry.keyPart(UInt64.self), entry.key.count == 8 else {
                throw .inconsistent("a key of \(entry.key.count) bytes")
            }
            let body = try SealedValue.open(
                entry.value, key: Keys.identifierBucket(firstID: firstID),
                kind: ValueKind.identifierBucket, version: layoutVersion)
            return (firstID, try decode(body))
        } catch {
            throw .damaged(table: table.name, key: describe(key: entry.key), failure: error)
        }
    }
}
