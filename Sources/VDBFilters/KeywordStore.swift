internal import Synchronization

/// The keywords that all copies of a dictionary share; it only grows.
///
/// Any thread may look up while one adds: a copy of the dictionary knows how many of the keywords
/// are its own.
final class KeywordStore: Sendable {
    typealias Entry = KeywordDictionary.Entry

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
        var codes: [[Key: UInt32]]
        var texts: [[String]]
        /// All entries in order of arrival.
        var log: [Entry] = []
    }

    /// Held for one look-up or addition.
    private let keywords: Mutex<Keywords>

    init(attributeCount: Int) {
        keywords = Mutex(
            Keywords(
                codes: Array(repeating: [:], count: attributeCount),
                texts: Array(repeating: [], count: attributeCount)))
    }

    /// The first `count` entries in a store of their own.
    func copy(upTo count: Int) -> KeywordStore {
        let (attributeCount, log) = keywords.withLock { ($0.texts.count, $0.log) }
        let copy = KeywordStore(attributeCount: attributeCount)
        for (position, entry) in log.prefix(count).enumerated() {
            copy.append(entry, at: position)
        }
        return copy
    }

    /// Adds an entry as number `position`; false if that one is taken.
    @discardableResult
    func append(_ entry: Entry, at position: Int) -> Bool {
        keywords.withLock { keywords in
            guard keywords.log.count == position else { return false }
            keywords.codes[entry.attributeIndex][Key(text: entry.text)] = entry.code
            keywords.texts[entry.attributeIndex].append(entry.text)
            keywords.log.append(entry)
            return true
        }
    }

    func code(for text: String, attributeIndex: Int) -> UInt32? {
        keywords.withLock { $0.codes[attributeIndex][Key(text: text)] }
    }

    func text(of code: UInt32, attributeIndex: Int) -> String {
        keywords.withLock { $0.texts[attributeIndex][Int(code)] }
    }

    func entries(_ range: Range<Int>) -> [Entry] {
        keywords.withLock { Array($0.log[range]) }
    }
}
