internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// The keywords in the tables as one state of them shows them: each is looked up when it is needed
/// (`Formats/attributes.md`, "keywordCodes").
///
/// Any number of threads may ask while the state's transaction lives.
final class StoredKeywords: Sendable {
    /// Keywords of each attribute.
    let counts: [Int]
    let cache: KeywordCache
    /// Whether the tables have the codes by text, as they do from format version 6 on.
    private let isIndexed: Bool
    /// The runs of each attribute, once they were looked for; held for one look or change.
    private let runs: Monitor<[[KeywordCodes.Run]?]>
    /// Of an earlier format: all codes of each attribute by text, once one was asked for. Held
    /// while they are read.
    private let codes: Monitor<[[HashedText: UInt32]?]>

    /// Reads how many there are, and none of them.
    ///
    /// - Parameter earlier: the state before, still alive.
    init(
        manifest: Manifest, attributeCount: Int, earlier: StoredKeywords?, _ access: Access
    ) throws(StorageError) {
        let counts = try KeywordTable.counts(attributeCount: attributeCount, access)
        self.counts = counts
        cache = earlier?.cache ?? KeywordCache()
        isIndexed = manifest.formatVersion >= TableName.keywordCodes.firstFormatVersion
        runs = Monitor(Array(repeating: nil, count: attributeCount))
        if let earlier, !earlier.isIndexed, earlier.counts == counts {
            codes = earlier.codes
        } else {
            codes = Monitor(Array(repeating: nil, count: attributeCount))
        }
    }

    /// The code of a text, or nil if no record in the tables ever had it.
    func code(
        for text: HashedText, attributeIndex: Int, _ access: Access
    ) throws(StorageError) -> UInt32? {
        guard counts[attributeIndex] > 0 else { return nil }
        if let code = cache.code(for: text, attributeIndex: attributeIndex) {
            // Of a later state, perhaps.
            return Int(code) < counts[attributeIndex] ? code : nil
        }
        let found =
            isIndexed
            ? try indexedCode(for: text, attributeIndex: attributeIndex, access)
            : try allCodes(attributeIndex: attributeIndex, access)[text]
        if let found { cache.add(code: found, of: text, attributeIndex: attributeIndex) }
        return found
    }

    /// The text of a code, or nil if the tables have no such code.
    func text(
        of code: UInt32, attributeIndex: Int, _ access: Access
    ) throws(StorageError) -> String? {
        guard Int(code) < counts[attributeIndex] else { return nil }
        if let text = cache.text(of: code, attributeIndex: attributeIndex) { return text }
        let text = try storedText(of: code, attributeIndex: attributeIndex, access)
        cache.add(text: text, of: code, attributeIndex: attributeIndex)
        return text
    }

    /// Looks up a text without the cache; for `verify`.
    func indexedCode(
        for text: HashedText, attributeIndex: Int, _ access: Access
    ) throws(StorageError) -> UInt32? {
        let hash = KeywordBucket.hash(of: text)
        for run in try runs(attributeIndex: attributeIndex, access) {
            cache.countRead()
            let codes = try KeywordCodes.codes(
                of: hash, attribute: UInt32(attributeIndex), run: run, access)
            for code in codes {
                // Other texts have the same hash.
                let stored = try storedText(of: code, attributeIndex: attributeIndex, access)
                if stored.utf8.elementsEqual(text.text.utf8) { return code }
            }
        }
        return nil
    }

    private func storedText(
        of code: UInt32, attributeIndex: Int, _ access: Access
    ) throws(StorageError) -> String {
        cache.countRead()
        let attribute = UInt32(attributeIndex)
        if let text = try KeywordTable.text(attribute: attribute, code: code, access) {
            return text
        }
        throw .damaged(
            table: TableName.keywords.rawValue,
            key: Keys.keyword(attribute: attribute, code: code).description,
            failure: .inconsistent("the keyword is missing"))
    }

    /// The runs of an attribute, which cover all its codes.
    private func runs(
        attributeIndex: Int, _ access: Access
    ) throws(StorageError) -> [KeywordCodes.Run] {
        if let known = runs.read({ $0[attributeIndex] }) { return known }
        let found = try KeywordCodes.runs(attribute: UInt32(attributeIndex), access)
        guard found.last?.end ?? 0 == counts[attributeIndex] else {
            throw .damaged(
                table: TableName.keywordCodes.rawValue,
                key: Keys.keywordBucket(
                    attribute: UInt32(attributeIndex), run: 0, entry: 0
                ).description,
                failure: .inconsistent(
                    "\(found.last?.end ?? 0) codes of \(counts[attributeIndex]) keywords"))
        }
        runs.update { $0[attributeIndex] = found }
        return found
    }

    private func allCodes(
        attributeIndex: Int, _ access: Access
    ) throws(StorageError) -> [HashedText: UInt32] {
        try codes.update { (codes) throws(StorageError) in
            if let known = codes[attributeIndex] { return known }
            var read: [HashedText: UInt32] = [:]
            read.reserveCapacity(counts[attributeIndex])
            try KeywordTable.forEach(
                attribute: UInt32(attributeIndex), access
            ) { (entry) throws(StorageError) in
                read[HashedText(entry.text)] = entry.code
                return true
            }
            codes[attributeIndex] = read
            return read
        }
    }
}

extension StoredState {
    /// The code of a text in the tables, or nil.
    func keywordCode(
        for text: HashedText, attributeIndex: Int
    ) throws(StorageError) -> UInt32? {
        try keywords.code(for: text, attributeIndex: attributeIndex, access)
    }

    /// Looks up of keywords in the tables until now, in this state or those before.
    package var keywordReadCount: Int { keywords.cache.readCount }
}
