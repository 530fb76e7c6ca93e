package import VDBPrimitives

/// The keywords of each attribute and their codes; it only grows.
///
/// Codes are dense per attribute and given in order of arrival, from 0. A value: a copy is a
/// snapshot, and shares storage until one of the two grows. Keywords are the same if their bytes
/// are, unlike Swift strings, so that what comes out is what went in.
package struct KeywordDictionary: Sendable {
    /// One keyword as it was added.
    package struct Entry: Sendable, Hashable {
        /// The attribute's position in the schema.
        package let attributeIndex: Int
        /// The number that stands for the keyword in cells.
        package let code: UInt32
        /// The keyword.
        package let text: String

        /// An entry as it was stored.
        package init(attributeIndex: Int, code: UInt32, text: String) {
            self.attributeIndex = attributeIndex
            self.code = code
            self.text = text
        }
    }

    /// A string that is equal to another only if the bytes are.
    private struct Key: Hashable, Sendable {
        let text: String

        static func == (left: Key, right: Key) -> Bool {
            left.text.utf8.elementsEqual(right.text.utf8)
        }

        func hash(into hasher: inout Hasher) {
            for byte in text.utf8 { hasher.combine(byte) }
        }
    }

    private struct Keywords: Sendable {
        var codes: [Key: UInt32] = [:]
        var texts: [String] = []
    }

    private var attributes: [Keywords]
    private var log: [Entry] = []

    /// An empty dictionary for a schema of `attributeCount` attributes, keywords or not.
    package init(attributeCount: Int) {
        attributes = Array(repeating: Keywords(), count: attributeCount)
    }

    /// Keywords of all attributes together: the position that the next entry will have.
    package var entryCount: Int { log.count }

    /// The entries added since the dictionary had `start` of them, in order of arrival.
    ///
    /// Whoever stores the dictionary appends these, and on opening gives all of them, in the
    /// same order, to `append(_:)`.
    package func entries(from start: Int = 0) -> ArraySlice<Entry> {
        precondition(start >= 0 && start <= log.count, "entries from \(start) of \(log.count)")
        return log[start...]
    }

    /// Keywords of one attribute.
    package func count(attributeIndex: Int) -> Int { attributes[attributeIndex].texts.count }

    /// The code of `text`, or nil if no record ever had it.
    package func code(for text: String, attributeIndex: Int) -> UInt32? {
        attributes[attributeIndex].codes[Key(text: text)]
    }

    /// The keyword with the given code, or nil.
    package func string(for code: UInt32, attributeIndex: Int) -> String? {
        let texts = attributes[attributeIndex].texts
        return Int(code) < texts.count ? texts[Int(code)] : nil
    }

    /// The code of `text`, which is added if it is new.
    @discardableResult
    package mutating func intern(_ text: String, attributeIndex: Int) -> UInt32 {
        if let code = code(for: text, attributeIndex: attributeIndex) { return code }
        let code = UInt32(attributes[attributeIndex].texts.count)
        attributes[attributeIndex].codes[Key(text: text)] = code
        attributes[attributeIndex].texts.append(text)
        log.append(Entry(attributeIndex: attributeIndex, code: code, text: text))
        return code
    }

    /// Takes back a stored entry, which must be the next of its attribute and new.
    package mutating func append(_ entry: Entry) throws(DecodingFailure) {
        guard attributes.indices.contains(entry.attributeIndex) else {
            throw .inconsistent(
                "keyword of attribute \(entry.attributeIndex) of \(attributes.count)")
        }
        let next = UInt32(attributes[entry.attributeIndex].texts.count)
        guard entry.code == next else {
            throw .inconsistent(
                "keyword \(entry.code) of attribute \(entry.attributeIndex) where \(next) follows")
        }
        guard intern(entry.text, attributeIndex: entry.attributeIndex) == next else {
            throw .inconsistent(
                "keyword \(next) of attribute \(entry.attributeIndex) is there already")
        }
    }
}
