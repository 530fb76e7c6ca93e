internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives

/// Turns cells into attribute values where some keywords may be lost: those become null.
struct SalvagedKeywords {
    private struct Code: Hashable {
        let attribute: Int
        let code: UInt32
    }

    private let schema: Schema
    private var texts: [Code: String] = [:]
    /// Codes under which two texts were found: nobody knows which is meant.
    private var doubtful: Set<Code> = []
    /// The new database's keywords, and their codes by the old ones.
    private var dictionary: KeywordDictionary
    private var newCodes: [Code: UInt64] = [:]
    private var losses: [Code: [UInt64]] = [:]
    private var unreadable: [UInt64] = []

    init(schema: Schema, _ entries: [KeywordTable.Entry]) {
        self.schema = schema
        dictionary = KeywordDictionary(attributeCount: schema.attributes.count)
        for entry in entries {
            let code = Code(attribute: Int(entry.attribute), code: entry.code)
            if let known = texts[code], !known.utf8.elementsEqual(entry.text.utf8) {
                doubtful.insert(code)
            }
            texts[code] = entry.text
        }
    }

    /// Adds a keyword of an operation, which is newer than what was found in the tables.
    mutating func add(_ entry: KeywordDictionary.Entry) {
        let code = Code(attribute: entry.attributeIndex, code: entry.code)
        texts[code] = entry.text
        doubtful.remove(code)
        newCodes[code] = nil
    }

    /// The attribute values of a record; null where a keyword is not known.
    mutating func values(of cells: [UInt64?], id: UInt64) -> [AttributeValue] {
        var cells = cells
        var column = 0
        for (index, attribute) in schema.attributes.enumerated() {
            if attribute.type == .keyword, column < cells.count, let cell = cells[column] {
                cells[column] = newCode(
                    Code(attribute: index, code: UInt32(truncatingIfNeeded: cell)), id: id)
            }
            column += attribute.type.cellWidths.count
        }
        do throws(DecodingFailure) {
            return try schema.values(of: cells, keywords: dictionary)
        } catch {
            unreadable.append(id)
            return nulls
        }
    }

    var nulls: [AttributeValue] { schema.attributes.map { _ in .null } }

    /// What was not known.
    ///
    /// - Parameter reason: why a keyword is not there.
    func report(_ reason: (_ attribute: UInt32, _ code: UInt32) -> String) -> [Loss] {
        let sorted = losses.sorted {
            ($0.key.attribute, $0.key.code) < ($1.key.attribute, $1.key.code)
        }
        var report = sorted.map { code, ids in
            Loss(
                "table keywords, attribute \(schema.attributes[code.attribute].name), "
                    + "code \(code.code)",
                doubtful.contains(code)
                    ? "two texts were found" : reason(UInt32(code.attribute), code.code),
                .withoutAttributes, ids: ids)
        }
        if !unreadable.isEmpty {
            report.append(
                Loss(
                    "table rows", "cells that no attribute has", .withoutAttributes,
                    ids: unreadable))
        }
        return report
    }

    private mutating func newCode(_ code: Code, id: UInt64) -> UInt64? {
        if let known = newCodes[code] { return known }
        guard let text = texts[code], !doubtful.contains(code) else {
            losses[code, default: []].append(id)
            return nil
        }
        let new = UInt64(dictionary.intern(text, attributeIndex: code.attribute))
        newCodes[code] = new
        return new
    }
}
