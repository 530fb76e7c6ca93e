package import VDBPrimitives

/// The keywords of each attribute that came after some first ones, and their codes; it only grows.
///
/// The first ones, those in the tables, are looked up there; this holds the others. Codes are dense
/// per attribute and given in order of arrival, from 0. A value: a copy is a snapshot that does not
/// see what the other adds. Copies share one growing store, so that a keyword costs the same
/// however many there are. Keywords are the same if their bytes are, unlike Swift strings, so that
/// what comes out is what went in.
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

    /// Keywords of each attribute that are not in here.
    private let starts: [Int]
    /// Keywords of each attribute that this copy sees in the store, those not in here included.
    private var counts: [Int]
    /// Keywords of all attributes together that are not in here.
    package let startCount: Int
    /// Keywords of all attributes together: the position that the next entry will have.
    package private(set) var entryCount: Int
    private var store: KeywordStore

    /// An empty dictionary for a schema of `attributeCount` attributes, keywords or not.
    package init(attributeCount: Int) {
        self.init(after: Array(repeating: 0, count: attributeCount))
    }

    /// The dictionary that follows `counts` keywords of each attribute.
    package init(after counts: [Int]) {
        starts = counts
        self.counts = counts
        startCount = counts.reduce(0, +)
        entryCount = startCount
        store = KeywordStore(starts: counts)
    }

    /// The entries added since the attributes had `start` of them, in order of arrival; without
    /// `start` all that are here.
    ///
    /// Whoever stores the keywords appends these.
    package func entries(from start: Int? = nil) -> [Entry] {
        let start = start ?? startCount
        precondition(
            start >= startCount && start <= entryCount,
            "entries from \(start) of \(startCount) ..< \(entryCount)")
        return store.entries(start - startCount..<entryCount - startCount)
    }

    /// The same without those that are found elsewhere from now on, if they are most of what is
    /// here: so that each entry is moved no more than once, on average.
    ///
    /// - Parameter counts: keywords of each attribute that are, at least those before.
    package func following(_ counts: [Int]) throws(DecodingFailure) -> KeywordDictionary {
        if counts == starts { return self }
        var rest = KeywordDictionary(after: counts)
        guard counts.count == starts.count,
            zip(counts, zip(starts, self.counts)).allSatisfy({ $1.0 <= $0 && $0 <= $1.1 })
        else {
            throw .inconsistent(
                "\(rest.startCount) keywords are stored, \(startCount) to \(entryCount) can be")
        }
        guard rest.startCount - startCount >= entryCount - rest.startCount else { return self }
        for entry in entries(from: rest.startCount) { try rest.append(entry) }
        return rest
    }

    /// Keywords of one attribute.
    package func count(attributeIndex: Int) -> Int { counts[attributeIndex] }

    /// The code of `text`, or nil if it is not here.
    package func code(for text: String, attributeIndex: Int) -> UInt32? {
        code(for: HashedText(text), attributeIndex: attributeIndex)
    }

    /// The same.
    package func code(for text: HashedText, attributeIndex: Int) -> UInt32? {
        guard counts[attributeIndex] > starts[attributeIndex],
            let code = store.code(for: text, attributeIndex: attributeIndex),
            Int(code) < counts[attributeIndex]
        else { return nil }
        return code
    }

    /// The keyword with the given code, or nil if it is not here.
    package func string(for code: UInt32, attributeIndex: Int) -> String? {
        guard Int(code) >= starts[attributeIndex], Int(code) < counts[attributeIndex] else {
            return nil
        }
        return store.text(of: code, attributeIndex: attributeIndex)
    }

    /// The code of `text`, which is added if it is not here.
    @discardableResult
    package mutating func intern(_ text: String, attributeIndex: Int) -> UInt32 {
        let text = HashedText(text)
        if let code = code(for: text, attributeIndex: attributeIndex) { return code }
        return add(text, attributeIndex: attributeIndex)
    }

    /// Adds `text`, which the attribute has neither here nor elsewhere, and returns its code.
    package mutating func add(_ text: HashedText, attributeIndex: Int) -> UInt32 {
        let entry = Entry(
            attributeIndex: attributeIndex, code: UInt32(counts[attributeIndex]), text: text.text)
        let place = entryCount - startCount
        if !store.append(entry, text, at: place) {
            // Another copy has gone on from here: this one goes its own way.
            store = store.copy(upTo: place)
            store.append(entry, text, at: place)
        }
        counts[attributeIndex] += 1
        entryCount += 1
        return entry.code
    }

    /// Takes back a stored entry, which must be the next of its attribute and not be here.
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
