package import VDBPrimitives
package import VDBStorage

/// The user's bytes of a row, compressed where that makes them fewer (`Formats/payloads.md`).
package enum Payload {
    package static let layoutVersion: UInt8 = 1
    package static let versions: ClosedRange<UInt8> = 1...layoutVersion
    /// Bytes of a payload; that of a batch of records is not above it.
    package static let sizeLimit = 256 << 20

    /// How a payload is stored; 0 is reserved.
    private enum Encoding: UInt8 {
        case plain = 1
        case zstd = 2
    }

    /// Compresses and writes payloads, one after the other.
    package struct Writer: ~Copyable {
        private let compressor: ZstdCompressor?
        private let dictionary: PayloadDictionary?

        /// - Parameter dictionary: what to compress with; nil for nothing.
        package init(dictionary: PayloadDictionary?) {
            compressor = ZstdCompressor(dictionary: dictionary?.bytes)
            self.dictionary = dictionary
        }

        package borrowing func encode(row: UInt32, _ bytes: [UInt8]) -> [UInt8] {
            var writer = SealedValue.writer(
                kind: ValueKind.payload, version: layoutVersion,
                reservingCapacity: bytes.count + 12)
            let compressed = compressor?.compress(bytes)
            writer.write((compressed == nil ? Encoding.plain : .zstd).rawValue)
            writer.write([0, 0, 0] as [UInt8])
            writer.write(compressed == nil ? 0 : dictionary?.number ?? 0)
            writer.write(UInt32(bytes.count))
            writer.write(compressed ?? bytes)
            return SealedValue.seal(writer, key: Keys.payload(row: row))
        }

        package borrowing func write(
            row: UInt32, _ bytes: [UInt8], _ transaction: borrowing WriteTransaction
        ) throws(StorageError) {
            try transaction.put(
                transaction.environment.table(.payloads), Keys.payload(row: row),
                encode(row: row, bytes))
        }
    }

    /// The payload of a row, or nil if it has none.
    package static func read(row: UInt32, _ access: Access) throws(StorageError) -> [UInt8]? {
        let table = access.environment.table(.payloads)
        let key = Keys.payload(row: row)
        guard
            let body = try access.body(
                table, key, kind: ValueKind.payload, version: layoutVersion)
        else { return nil }
        let number = try reading(key) { () throws(DecodingFailure) in
            try dictionaryNumber(of: body)
        }
        let dictionary = try PayloadDictionary.read(number: number, access)
        return try reading(key) { () throws(DecodingFailure) in
            try decode(body, dictionary: dictionary?.bytes)
        }
    }

    /// Runs `body`; its failure names the table and the key.
    private static func reading<Result>(
        _ key: Key, _ body: () throws(DecodingFailure) -> Result
    ) throws(StorageError) -> Result {
        do throws(DecodingFailure) {
            return try body()
        } catch {
            throw .damaged(
                table: TableName.payloads.rawValue, key: key.description, failure: error)
        }
    }

    /// Removes the payload of a row, if it has one.
    package static func remove(
        row: UInt32, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        try transaction.remove(transaction.environment.table(.payloads), Keys.payload(row: row))
    }

    /// The first row from `row` on that has one, or nil.
    package static func firstRow(
        from row: UInt32, _ access: Access
    ) throws(StorageError) -> UInt32? {
        let cursor = try access.cursor(access.environment.table(.payloads))
        return try cursor.seek(Keys.payload(row: row))?.keyPart(UInt32.self)
    }

    /// The rows that have one, ascending.
    package static func rows(_ access: Access) throws(StorageError) -> [UInt32] {
        let table = access.environment.table(.payloads)
        let cursor = try access.cursor(table)
        var rows: [UInt32] = []
        var found = try cursor.first()
        while let entry = found {
            guard let row = entry.keyPart(UInt32.self), entry.key.count == 4 else {
                throw .damaged(
                    table: table.name, key: describe(key: entry.key),
                    failure: .inconsistent("a key of \(entry.key.count) bytes"))
            }
            rows.append(row)
            found = try cursor.next()
        }
        return rows
    }

    /// The number of the dictionary that a payload needs; 0 for none.
    package static func dictionaryNumber(
        of body: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> UInt32 {
        var reader = ByteReader(body, offset: 4)
        return try reader.read()
    }

    /// The user's bytes.
    ///
    /// - Parameters:
    ///   - body: what stands behind the prologue.
    ///   - dictionary: the one that `dictionaryNumber` asks for.
    package static func decode(
        _ body: UnsafeRawBufferPointer, dictionary: [UInt8]?
    ) throws(DecodingFailure) -> [UInt8] {
        var reader = ByteReader(body)
        let raw = try reader.read(UInt8.self)
        guard let encoding = Encoding(rawValue: raw) else {
            throw .unknownValue(field: "encoding", value: UInt64(raw))
        }
        _ = try reader.readBytes(3)
        let number = try reader.read(UInt32.self)
        let size = Int(try reader.read(UInt32.self))
        guard size <= sizeLimit else {
            throw .inconsistent("a payload of \(size) bytes, \(sizeLimit) can be")
        }
        let stored = try reader.readBytes(reader.remaining)
        switch encoding {
        case .plain:
            guard stored.count == size else {
                throw .truncated(needed: size, available: stored.count)
            }
            return Array(stored)
        case .zstd:
            guard number == 0 || dictionary != nil else {
                throw .inconsistent("dictionary \(number) is missing")
            }
            return try Zstd.decompress(stored, size: size, dictionary: dictionary)
        }
    }
}
