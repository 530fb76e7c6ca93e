internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Snapshot {
    /// The code of a text, in the tables or the log; nil if no record ever had it.
    func keywordCode(
        for text: HashedText, attributeIndex: Int
    ) throws(StorageError) -> UInt32? {
        if let code = keywords.code(for: text, attributeIndex: attributeIndex) { return code }
        return try stored.keywordCode(for: text, attributeIndex: attributeIndex)
    }

    /// The text of a code, or nil if there is none.
    func keyword(_ code: UInt32, attributeIndex: Int) throws(StorageError) -> String? {
        if let text = keywords.string(for: code, attributeIndex: attributeIndex) { return text }
        return try stored.keywords.text(
            of: code, attributeIndex: attributeIndex, stored.access)
    }

    /// The attribute values that cells stand for.
    ///
    /// - Parameters:
    ///   - table: where the cells are, for the error if no value has them.
    ///   - key: the same.
    func values(
        of cells: [UInt64?], _ schema: Schema, table: TableName, key: @autoclosure () -> String
    ) throws(EngineError) -> [AttributeValue] {
        var failure: StorageError?
        do throws(DecodingFailure) {
            let values = try schema.values(of: cells) { code, index in
                do throws(StorageError) {
                    return try keyword(code, attributeIndex: index)
                } catch {
                    failure = error
                    return nil
                }
            }
            return values
        } catch {
            throw .storage(
                failure ?? .damaged(table: table.rawValue, key: key(), failure: error))
        }
    }
}

extension WriterState {
    /// The code of a text, which is added if it is new.
    mutating func intern(
        _ text: String, attributeIndex: Int
    ) throws(StorageError) -> UInt32 {
        let text = HashedText(text)
        if let code = keywords.code(for: text, attributeIndex: attributeIndex) { return code }
        if let code = try stored.keywordCode(for: text, attributeIndex: attributeIndex) {
            return code
        }
        return keywords.add(text, attributeIndex: attributeIndex)
    }

    /// Adds the keywords of a logged operation.
    mutating func add(_ entries: [KeywordDictionary.Entry]) throws(EngineError) {
        for entry in entries {
            let isStored = try storing { () throws(StorageError) in
                guard stored.keywords.counts.indices.contains(entry.attributeIndex) else {
                    return false
                }
                return try stored.keywordCode(
                    for: HashedText(entry.text), attributeIndex: entry.attributeIndex) != nil
            }
            do throws(DecodingFailure) {
                if isStored {
                    throw .inconsistent(
                        "keyword \(entry.code) of attribute \(entry.attributeIndex) is there "
                            + "already")
                }
                try keywords.append(entry)
            } catch {
                throw .storage(.damaged(table: "log", key: entry.text, failure: error))
            }
        }
    }
}

extension KeywordDictionary {
    /// The same without those that are in the tables by now.
    func following(_ stored: StoredState) throws(StorageError) -> KeywordDictionary {
        do throws(DecodingFailure) {
            return try following(stored.keywords.counts)
        } catch {
            throw .damaged(table: TableName.keywords.rawValue, key: "", failure: error)
        }
    }
}
