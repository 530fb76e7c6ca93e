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

    /// How many texts each attribute has, from the last key of each: no text is read.
    package static func counts(
        attributeCount: Int, _ access: Access
    ) throws(StorageError) -> [Int] {
        let table = access.environment.table(.keywords)
        var counts = [Int](repeating: 0, count: attributeCount)
        var next: UInt32 = 0
        while let found = try access.entry(
            atOrAbove: Keys.keyword(attribute: next, code: 0), table)
        {
            let (attribute, _) = try parts(of: found)
            guard attribute < attributeCount else {
                throw damage(
                    .inconsistent("attribute \(attribute) of \(attributeCount)"), at: found.key)
            }
            let end = Keys.keyword(attribute: attribute, code: .max)
            if let last = try access.entry(atOrBelow: end, table) {
                counts[Int(attribute)] = Int(try parts(of: last).code) + 1
            }
            next = attribute + 1
        }
        let total = counts.reduce(0, +)
        let entryCount = try access.statistics(table).entryCount
        guard total == entryCount else {
            throw .damaged(
                table: table.name, key: "",
                failure: .inconsistent("\(entryCount) keywords under codes for \(total)"))
        }
        return counts
    }

    /// The text of a code, or nil if there is none.
    package static func text(
        attribute: UInt32, code: UInt32, _ access: Access
    ) throws(StorageError) -> String? {
        let key = Keys.keyword(attribute: attribute, code: code)
        let found = try access.entry(atOrAbove: key, access.environment.table(.keywords))
        guard let found, key.withBytes({ $0.elementsEqual(found.key) }) else { return nil }
        return try entry(at: found).text
    }

    /// Visits the texts of an attribute from a code on, ascending, until `body` returns false.
    package static func forEach(
        attribute: UInt32, from code: UInt32 = 0, _ access: Access,
        _ body: (Entry) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let cursor = try access.cursor(access.environment.table(.keywords))
        var found = try cursor.seek(Keys.keyword(attribute: attribute, code: code))
        while let place = found, place.keyPart(UInt32.self) == attribute {
            guard try body(try entry(at: place)) else { return }
            found = try cursor.next()
        }
    }

    /// All texts, by attribute and code.
    package static func read(_ access: Access) throws(StorageError) -> [Entry] {
        let table = access.environment.table(.keywords)
        var entries: [Entry] = []
        let cursor = try access.cursor(table)
        var found = try cursor.first()
        while let place = found {
            entries.append(try entry(at: place))
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

    private static func parts(
        of entry: Cursor.Entry
    ) throws(StorageError) -> (attribute: UInt32, code: UInt32) {
        guard entry.key.count == 8, let attribute = entry.keyPart(UInt32.self),
            let code = entry.keyPart(UInt32.self, at: 4)
        else {
            throw damage(.inconsistent("a key of \(entry.key.count) bytes"), at: entry.key)
        }
        return (attribute, code)
    }

    private static func entry(at place: Cursor.Entry) throws(StorageError) -> Entry {
        let (attribute, code) = try parts(of: place)
        do throws(DecodingFailure) {
            let body = try SealedValue.open(
                place.value, key: Keys.keyword(attribute: attribute, code: code),
                kind: ValueKind.keyword, version: layoutVersion)
            return Entry(attribute: attribute, code: code, text: try decode(body))
        } catch {
            throw damage(error, at: place.key)
        }
    }

    private static func damage(
        _ failure: DecodingFailure, at key: UnsafeRawBufferPointer
    ) -> StorageError {
        .damaged(
            table: TableName.keywords.rawValue, key: describe(key: key), failure: failure)
    }
}
