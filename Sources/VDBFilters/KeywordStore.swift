internal import Synchronization
internal import VDBPrimitives

/// The keywords that all copies of a dictionary share; it only grows.
///
/// Any thread may look up while one adds: a copy of the dictionary knows how many of the keywords
/// are its own.
final class KeywordStore: Sendable {
    typealias Entry = KeywordDictionary.Entry

    private struct Keywords: Sendable {
        var codes: [[HashedText: UInt32]]
        var texts: [[String]]
        /// All entries in order of arrival.
        var log: [Entry] = []
    }

    /// The first code of each attribute.
    private let starts: [Int]
    /// Held for one look-up or addition.
    private let keywords: Mutex<Keywords>

    init(starts: [Int]) {
        self.starts = starts
        keywords = Mutex(
            Keywords(
                codes: Array(repeating: [:], count: starts.count),
                texts: Array(repeating: [], count: starts.count)))
    }

    /// The first `count` entries in a store of their own.
    func copy(upTo count: Int) -> KeywordStore {
        let copy = KeywordStore(starts: starts)
        for (position, entry) in entries(0..<count).enumerated() {
            copy.append(entry, HashedText(entry.text), at: position)
        }
        return copy
    }

    /// Adds an entry as number `position`; false if that one is taken.
    @discardableResult
    func append(_ entry: Entry, _ text: HashedText, at position: Int) -> Bool {
        keywords.withLock { keywords in
            guard keywords.log.count == position else { return false }
            keywords.codes[entry.attributeIndex][text] = entry.code
            keywords.texts[entry.attributeIndex].append(entry.text)
            keywords.log.append(entry)
            return true
        }
    }

    func code(for text: HashedText, attributeIndex: Int) -> UInt32? {
        keywords.withLock { $0.codes[attributeIndex][text] }
    }

    func text(of code: UInt32, attributeIndex: Int) -> String {
        keywords.withLock { $0.texts[attributeIndex][Int(code) - starts[attributeIndex]] }
    }

    func entries(_ range: Range<Int>) -> [Entry] {
        keywords.withLock { Array($0.log[range]) }
    }
}
