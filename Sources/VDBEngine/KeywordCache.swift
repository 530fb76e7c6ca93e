internal import Synchronization
internal import VDBPrimitives

/// Keywords of the tables that were looked up of late, in both directions; shared by all states of
/// the tables, as a keyword that is in them never changes.
///
/// Two generations: what is found in the older one goes to the younger one, and the older one is
/// let go of when the younger one is full.
final class KeywordCache: Sendable {
    /// What the texts of one generation may take, in bytes.
    private static let generationSize = 4 << 20
    /// What an entry takes besides its text, roughly.
    private static let entrySize = 96

    private struct TextPlace: Hashable {
        let attributeIndex: Int
        let text: HashedText
    }

    private struct CodePlace: Hashable {
        let attributeIndex: Int
        let code: UInt32
    }

    private struct Generation {
        var codes: [TextPlace: UInt32] = [:]
        var texts: [CodePlace: String] = [:]
        var size = 0
    }

    private struct Generations {
        var young = Generation()
        var old = Generation()

        /// Makes room for an entry in the younger one.
        mutating func reserve(_ text: String) {
            young.size += text.utf8.count + entrySize
            guard young.size > generationSize else { return }
            old = young
            young = Generation()
            young.size = text.utf8.count + entrySize
        }
    }

    /// Held for one look-up or addition.
    private let generations = Mutex(Generations())
    private let reads = Atomic(0)

    /// Texts, and runs for a text, that were looked up in the tables.
    var readCount: Int { reads.load(ordering: .relaxed) }

    /// Notes a look-up in the tables.
    func countRead() { reads.wrappingAdd(1, ordering: .relaxed) }

    func code(for text: HashedText, attributeIndex: Int) -> UInt32? {
        let place = TextPlace(attributeIndex: attributeIndex, text: text)
        return generations.withLock { generations in
            // An import of new keywords finds nothing here: then it need not hash either.
            if !generations.young.codes.isEmpty, let code = generations.young.codes[place] {
                return code
            }
            guard !generations.old.codes.isEmpty, let code = generations.old.codes[place] else {
                return nil
            }
            generations.reserve(text.text)
            generations.young.codes[place] = code
            return code
        }
    }

    func text(of code: UInt32, attributeIndex: Int) -> String? {
        let place = CodePlace(attributeIndex: attributeIndex, code: code)
        return generations.withLock { generations in
            if let text = generations.young.texts[place] { return text }
            guard let text = generations.old.texts[place] else { return nil }
            generations.reserve(text)
            generations.young.texts[place] = text
            return text
        }
    }

    func add(code: UInt32, of text: HashedText, attributeIndex: Int) {
        generations.withLock { generations in
            generations.reserve(text.text)
            generations.young.codes[TextPlace(attributeIndex: attributeIndex, text: text)] = code
        }
    }

    func add(text: String, of code: UInt32, attributeIndex: Int) {
        generations.withLock { generations in
            generations.reserve(text)
            generations.young.texts[CodePlace(attributeIndex: attributeIndex, code: code)] = text
        }
    }
}
