import VDBFilters
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

/// Changes tables behind the engine's back, with checksums made anew.
struct Planting {
    let path: String
    let shape: RecordShape

    /// One transaction over all tables.
    private func write(_ body: (borrowing WriteTransaction) throws -> Void) throws {
        let environment = try open()
        let transaction = try environment.beginWrite()
        try body(transaction)
        try transaction.commit()
    }

    private func open(_ more: [String] = []) throws -> Environment {
        try Environment(
            path: path, tableNames: TableName.names + more, mapSize: 1 << 30, readOnly: false,
            creating: !more.isEmpty)
    }

    func firstKey(_ table: TableName) -> Key { keys(table).first ?? Key() }
    /// Where the centroids in force begin.
    var centroids: Key { Keys.centroids(generation: lastKey(.models).firstPart) }

    func lastKey(_ table: TableName) -> Key { keys(table).last ?? Key() }

    private func keys(_ table: TableName) -> [Key] {
        (try? open().read { (access) throws(StorageError) in
            var keys: [Key] = []
            let cursor = try access.cursor(access.environment.table(table))
            var entry = try cursor.first()
            while let found = entry {
                keys.append(Key(bytes: found.key))
                entry = try cursor.next()
            }
            return keys
        }) ?? []
    }

    func value(_ table: TableName, _ key: Key) throws -> [UInt8] {
        try open().read { (access) throws(StorageError) in
            Array(
                try access.value(access.environment.table(table), key)
                    ?? .init(start: nil, count: 0))
        }
    }

    func put(_ table: TableName, _ key: Key, _ value: [UInt8]) throws {
        try write { try $0.put($0.environment.table(table), key, value) }
    }

    func remove(_ table: TableName, _ key: Key) throws {
        try write { _ = try $0.remove($0.environment.table(table), key) }
    }

    /// Changes a value and leaves its checksum.
    func rawEdit(_ table: TableName, _ key: Key, _ body: (inout [UInt8]) -> Void) throws {
        var bytes = try value(table, key)
        body(&bytes)
        try put(table, key, bytes)
    }

    /// Changes a value and makes its checksum anew.
    func edit(_ table: TableName, _ key: Key, _ body: (inout [UInt8]) throws -> Void) throws {
        var bytes = try value(table, key)
        try body(&bytes)
        try put(table, key, sealed(bytes, key))
    }

    /// Puts a value under another key, with a checksum that fits it.
    func move(_ table: TableName, from key: Key, to other: Key, keeping: Bool = false) throws {
        let bytes = try value(table, key)
        if !keeping { try remove(table, key) }
        try put(table, other, sealed(bytes, other))
    }

    private func sealed(_ bytes: [UInt8], _ key: Key) -> [UInt8] {
        var bytes = bytes
        let checksum = bytes.withUnsafeBytes { value in
            crc32c(
                UnsafeRawBufferPointer(rebasing: value[4...]), seed: key.withBytes { crc32c($0) })
        }
        bytes.store(checksum, at: 0)
        return bytes
    }

    func manifest(_ body: (inout Manifest) -> Void) throws {
        var manifest = try open().read { (access) throws(StorageError) in
            try Manifest.read(access)
        }
        body(&manifest)
        try write { try manifest.write($0) }
    }

    /// Changes the entries of the first bucket.
    func identifiers(_ body: (inout [Identifiers.Entry]) -> Void) throws {
        let key = firstKey(.identifiers)
        var entries = try value(.identifiers, key).withUnsafeBytes {
            try Identifiers.decode(UnsafeRawBufferPointer(rebasing: $0[8...]))
        }
        body(&entries)
        try put(.identifiers, key, Identifiers.encode(key: key, entries: entries[...]))
    }

    /// Changes the entries of the first block of the first list.
    func entries(_ body: (inout ListEntries) -> Void) throws {
        let key = firstKey(.lists)
        var (entries, generation) = try block(key)
        body(&entries)
        try put(.lists, key, ListBlock.encode(entries, key: key, generation: generation))
    }

    /// Puts the first entry of the first list into the last one too, in the order of rows.
    func copyEntry() throws {
        let first = firstKey(.lists)
        let last = lastKey(.lists)
        let entry = try block(first).entries.slice(0..<1)
        var (entries, generation) = try block(last)
        entries.append(contentsOf: entry)
        try put(
            .lists, last,
            ListBlock.encode(entries.sortedByRow(), key: last, generation: generation))
    }

    /// Puts the last entries of a block into one of their own.
    func splitBlock(_ key: Key, _ next: Key) throws {
        let (entries, generation) = try block(key)
        let (first, second) = (entries.slice(0..<3), entries.slice(3..<entries.count))
        try put(.lists, key, ListBlock.encode(first, key: key, generation: generation))
        try put(.lists, next, ListBlock.encode(second, key: next, generation: generation))
    }

    private func block(_ key: Key) throws -> (entries: ListEntries, generation: UInt32) {
        try value(.lists, key).withUnsafeBytes { value in
            // In place, values are aligned.
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: value.count, alignment: 64)
            defer { copy.deallocate() }
            copy.copyMemory(from: value)
            let block = try ListBlock(UnsafeRawBufferPointer(copy))
            return (try block.entries(shape: shape), block.generation)
        }
    }

    func addTable(_ name: String) throws {
        let environment = try open([name])
        let transaction = try environment.beginWrite()
        try transaction.put(environment.table(name), Key(UInt32(1)), [1, 2, 3])
        try transaction.commit()
    }
}
