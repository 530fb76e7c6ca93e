package import VDBPrimitives
package import VDBStorage

/// What payloads have in common, so that each is compressed to less (`Formats/payloads.md`).
package struct PayloadDictionary: Sendable, Hashable {
    package static let layoutVersion: UInt8 = 1

    /// From 1; never used again.
    package let number: UInt32
    /// Payloads that there were when it was trained.
    package let trainedCount: UInt64
    package let bytes: [UInt8]

    package init(number: UInt32, trainedCount: UInt64, bytes: [UInt8]) {
        self.number = number
        self.trainedCount = trainedCount
        self.bytes = bytes
    }

    package func encode() -> [UInt8] {
        var writer = SealedValue.writer(
            kind: ValueKind.dictionary, version: Self.layoutVersion,
            reservingCapacity: bytes.count + 8)
        writer.write(trainedCount)
        writer.write(bytes)
        return SealedValue.seal(writer, key: Keys.dictionary(number: number))
    }

    package func write(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        try transaction.put(
            transaction.environment.table(.dictionaries), Keys.dictionary(number: number),
            encode())
    }

    /// The dictionary with a number, or nil; 0 is none.
    package static func read(
        number: UInt32, _ access: Access
    ) throws(StorageError) -> PayloadDictionary? {
        guard number > 0 else { return nil }
        let table = access.environment.table(.dictionaries)
        let key = Keys.dictionary(number: number)
        guard
            let body = try access.body(
                table, key, kind: ValueKind.dictionary, version: layoutVersion)
        else { return nil }
        do throws(DecodingFailure) {
            return try PayloadDictionary(number: number, decoding: body)
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
    }

    /// The one that new payloads are compressed with, or nil if there is none yet.
    package static func newest(_ access: Access) throws(StorageError) -> PayloadDictionary? {
        let table = access.environment.table(.dictionaries)
        let cursor = try access.cursor(table)
        guard let entry = try cursor.last() else { return nil }
        guard let number = entry.keyPart(UInt32.self), entry.key.count == 4 else {
            throw .damaged(
                table: table.name, key: describe(key: entry.key),
                failure: .inconsistent("a key of \(entry.key.count) bytes"))
        }
        return try read(number: number, access)
    }

    /// - Parameter body: what stands behind the prologue.
    package init(
        number: UInt32, decoding body: UnsafeRawBufferPointer
    ) throws(DecodingFailure) {
        var reader = ByteReader(body)
        let trainedCount = try reader.read(UInt64.self)
        let bytes = Array(try reader.readBytes(reader.remaining))
        self.init(number: number, trainedCount: trainedCount, bytes: bytes)
    }
}
