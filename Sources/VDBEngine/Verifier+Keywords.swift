internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

// Every keyword can be read, is there once, and is found by its text.

extension Verifier {
    mutating func checkKeywords() {
        guard canWalk(.keywords) else { return }
        let (stored, schema) = (stored, schema)
        for (index, count) in stored.keywords.counts.enumerated() where count > 0 {
            let key = Keys.keyword(attribute: UInt32(index), code: 0).description
            guard schema.attributes[index].type == .keyword else {
                report("keywords", key, "attribute \(index) has no keywords")
                continue
            }
            checkTexts(attributeIndex: index)
        }
        guard canWalk(.keywordCodes), isIndexed else { return }
        for attribute in 0..<UInt32(stored.keywords.counts.count) {
            checkRuns(attribute: attribute)
        }
        checkCodeCount()
    }

    /// A database of an earlier format lacks the index, or has a part of it.
    private var isIndexed: Bool {
        stored.manifest.formatVersion >= TableName.keywordCodes.firstFormatVersion
    }

    private mutating func checkTexts(attributeIndex: Int) {
        let stored = stored
        let canLookUp = isIndexed && canWalk(.keywordCodes)
        for code in 0..<UInt32(stored.keywords.counts[attributeIndex]) {
            let key = Keys.keyword(attribute: UInt32(attributeIndex), code: code)
            let text = attempt { () throws(StorageError) in
                try KeywordTable.text(
                    attribute: UInt32(attributeIndex), code: code, stored.access)
            }
            guard let text else { continue }
            guard let text else {
                report("keywords", key.description, "the keyword is missing")
                continue
            }
            guard canLookUp else { continue }
            let found = attempt { () throws(StorageError) in
                try stored.keywords.indexedCode(
                    for: HashedText(text), attributeIndex: attributeIndex, stored.access)
            }
            switch found {
            // Reported already.
            case nil: return
            case .some(nil):
                report("keywordCodes", key.description, "the keyword is not found by its text")
            case .some(code): break
            case .some(let other?):
                report("keywords", key.description, "the keyword has the code \(other) too")
            }
        }
    }

    /// Buckets of a run ascend and say the same of it.
    private mutating func checkRuns(attribute: UInt32) {
        let stored = stored
        var findings: [(key: String, reason: String)] = []
        _ = attempt { () throws(StorageError) in
            for run in try KeywordCodes.runs(attribute: attribute, stored.access) {
                var count = 0
                try KeywordCodes.forEachBucket(attribute: attribute, run, stored.access) {
                    (key, entry, bucket) in
                    count += bucket.count
                    if let reason = bucket.refusal(first: entry, run) {
                        findings.append((key, reason))
                    }
                }
                if count != run.count {
                    let key = Keys.keywordBucket(attribute: attribute, run: run.first, entry: 0)
                    findings.append(
                        (key.description, "\(count) codes in a run of \(run.count)"))
                }
            }
        }
        for (key, reason) in findings { report("keywordCodes", key, reason) }
    }

    /// Nothing is in the index but what belongs to the runs.
    private mutating func checkCodeCount() {
        let stored = stored
        let due = stored.keywords.counts.reduce(0, +)
        var count = 0
        _ = attempt { () throws(StorageError) in
            let access = stored.access
            let cursor = try access.cursor(access.environment.table(.keywordCodes))
            var found = try cursor.first()
            while let entry = found {
                count += try KeywordCodes.bucket(at: entry).count
                found = try cursor.next()
            }
            if count != due {
                throw .damaged(
                    table: TableName.keywordCodes.rawValue, key: "",
                    failure: .inconsistent("\(count) codes of \(due) keywords"))
            }
        }
    }
}
