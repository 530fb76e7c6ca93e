package import VDBPrimitives

/// The keywords of each attribute and their codes; it only grows.
///
/// Codes are dense per attribute and given in order of arrival, from 0. A value: a copy is a
/// snapshot that does not see what the other adds. Copies share one growing store, so that a
/// keyword costs the same however many there are. Keywords are the same if their bytes are,
/// unlike Swift strings, so that what comes out is what went in.
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

    /// What this copy sees of the store: so many keywords of each attribute.
    private var counts: [Int]
    /// Keywords of all attributes together: the position that the next entry will have.
    package private(set) var entryCount = 0
    private var store: KeywordStore

    /// An empty dictionary for a schema of `attributeCount` attributes, keywords or not.
    package init(attributeCount: Int) {
        counts = Array(repeating: 0, count: attributeCount)
        store = KeywordStore(attributeCount: attributeCount)
    }

    /// The entries added since the dictionary had `start` of them, in order of arrival.
    ///
    /// Whoever stores the dictionary appends these, and on opening gives all of them, in the
    /// same order, to `append(_:)`.
    package func entries(from start: Int = 0) -> [Entry] {
        precondition(
            start >= 0 && start <= entryCount, "entries from \(start) of \(entryCount)")
        return store.entries(start..<entryCount)
    }

    /// Keywords of one attribute.
    package func count(attributeIndex: Int) -> Int { counts[attributeIndex] }

    /// The code of `text`, or nil if no record ever had it.
    package func code(for text: String, attributeIndex: Int) -> UInt32? {
        guard let code = store.code(for: text, attributeIndex: attributeIndex),
            Int(code) < counts[attributeIndex]
        else { return nil }
        return code
    }

    /// The keyword with the given code, or nil.
    package func string(for code: UInt32, attributeIndex: Int) -> String? {
        guard Int(code) < counts[attributeIndex] else { return nil }
        return store.text(of: code, attributeIndex: attributeIndex)
    }

    /// The code of `text`, which is added if it is new.
    @discardableResult
    package mutating func intern(_ text: String, attributeIndex: Int) -> UInt32 {
        if let code = code(for: text, attributeIndex: attributeIndex) { return code }
        let entry = Entry(
            attributeIndex: attributeIndex, code: UInt32(counts[attributeIndex]), text: text)
        if !store.append(entry, at: entryCount) {
            // Another copy has gone on from here: this one goes its own way.
            store = store.copy(upTo: entryCount)
            store.append(entry, at: entryCount)
        }
        counts[attributeIndex] += 1
        entryCount += 1
        return entry.code
    }

    /// Takes back a stored entry, which must be the next of its attribute and new.
    package mutating func append(_ entry: Entry) throws(DecodingFailure) {
        guard counts.indices.contains(entry.attributeIndex) else {
            throw .inconsistent(
                "keyword of attribute \(entry.attributeIndex) of \(counts.count)")
        }
        let next = UInt32(counts[entry.attributeIndex])
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
