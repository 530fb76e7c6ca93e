package import VDBPrimitives
package import VDBStorage

/// The texts of keyword attributes by code (`Formats/attributes.md`, "keywords").
package enum KeywordTable {
    package static let layoutVersion: UInt8 = 1

    /// One text and the code that stands for it in the cells of its attribute.
    package struct Entry: Sendable, Hashable {
        package let attribute: UInt32
        package let code: UInt32
        package let text: String

        package init(attribute: UInt32, code: UInt32, text: String) {
            self.attribute = attribute
            self.code = code
            self.text = text
        }
    }

    package static func encode(_ entry: Entry) -> [UInt8] {
        var writer = SealedValue.writer(kind: ValueKind.keyword, version: layoutVersion)
        writer.write(entry.text)
        return SealedValue.seal(
            writer, key: Keys.keyword(attribute: entry.attribute, code: entry.code))
    }

    /// The text in a value.
    package static func decode(_ body: UnsafeRawBufferPointer) throws(DecodingFailure) -> String {
        var reader = ByteReader(body)
        let text = try reader.readString()
        try reader.finish()
        return text
    }

    /// All texts, by attribute and code.
    package static func read(_ access: Access) throws(StorageError) -> [Entry] {
        let table = access.environment.table(.keywords)
        var entries: [Entry] = []
        let cursor = try access.cursor(table)
        var found = try cursor.first()
        while let entry = found {
            do throws(DecodingFailure) {
                guard let attribute = entry.keyPart(UInt32.self),
                    let code = entry.keyPart(UInt32.self, at: 4), entry.key.count == 8
                else { throw .inconsistent("a key of \(entry.key.count) bytes") }
                let body = try SealedValue.open(
                    entry.value, key: Keys.keyword(attribute: attribute, code: code),
                    kind: ValueKind.keyword, version: layoutVersion)
                let text = try decode(body)
                entries.append(Entry(attribute: attribute, code: code, text: text))
            } catch {
                throw .damaged(
                    table: table.name, key: describe(key: entry.key), failure: error)
            }
            found = try cursor.next()
        }
        return entries
    }

    package static func write(
        _ entries: [Entry], _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.keywords)
        for entry in entries {
            try transaction.put(
                table, Keys.keyword(attribute: entry.attribute, code: entry.code), encode(entry))
        }
    }
}
