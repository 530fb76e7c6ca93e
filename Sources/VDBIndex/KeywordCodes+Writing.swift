package import VDBPrimitives
package import VDBStorage

// The last runs are melted together as they grow (the logarithmic method: J. L. Bentley and
// J. B. Saxe, "Decomposable Searching Problems I: Static-to-Dynamic Transformation", J. Algorithms
// 1(4), 1980, doi:10.1016/0196-6774(80)90015-2): each code is written O(log n) times, and there are
// O(log n) runs, as long as none reaches the limit.

extension KeywordCodes {
    /// Codes of one run at most: so much is written in one transaction.
    package static let runLimit = 1 << 20
    /// Runs that have no more codes together are always melted: they fit a few pages.
    private static let smallRunLimit = 4 * KeywordBucket.capacity

    /// Adds the codes of new texts, which follow the attribute's last, behind its runs.
    ///
    /// - Parameters:
    ///   - first: the code of the first text.
    ///   - texts: at least one, and at most `runLimit`.
    package static func append(
        attribute: UInt32, first: UInt32, _ texts: [HashedText],
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        precondition((1...runLimit).contains(texts.count), "a run of \(texts.count) codes")
        var runs = try runs(attribute: attribute, transaction.access)
        guard runs.last?.end ?? 0 == first else {
            throw .damaged(
                table: TableName.keywordCodes.rawValue, key: "",
                failure: .inconsistent(
                    "code \(first) of attribute \(attribute) follows the code "
                        + "\(runs.last?.end ?? 0)"))
        }
        var entries = texts.enumerated().map {
            KeywordBucket.entry($0.element, code: first + UInt32($0.offset))
        }
        entries.sort()
        var start = first
        while let run = runs.popLast(), isMelted(run.count, with: entries.count) {
            entries = merge(
                try remove(run, attribute: attribute, transaction), entries)
            start = run.first
        }
        try write(entries, attribute: attribute, run: start, transaction)
    }

    private static func isMelted(_ count: Int, with newer: Int) -> Bool {
        let total = count + newer
        return total <= smallRunLimit || total <= runLimit && count <= 2 * newer
    }

    /// Takes a run from the table and returns its entries, ascending.
    private static func remove(
        _ run: Run, attribute: UInt32, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) -> [KeywordBucket.Entry] {
        let table = transaction.environment.table(.keywordCodes)
        var keys: [Key] = []
        var entries: [KeywordBucket.Entry] = []
        entries.reserveCapacity(run.count)
        let access = transaction.access
        let cursor = try access.cursor(table)
        var found = try cursor.seek(
            Keys.keywordBucket(attribute: attribute, run: run.first, entry: 0))
        while let entry = found, try Place(of: entry).isOf(attribute, run) {
            let bucket = try bucket(at: entry)
            for index in 0..<bucket.count {
                let next = bucket.entry(index)
                guard next > entries.last ?? 0 || entries.isEmpty else {
                    throw damage(.inconsistent("hashes are not in ascending order"), at: entry.key)
                }
                entries.append(next)
            }
            keys.append(Key(bytes: entry.key))
            found = try cursor.next()
        }
        guard entries.count == run.count else {
            throw .damaged(
                table: table.name,
                key: Keys.keywordBucket(
                    attribute: attribute, run: run.first, entry: 0
                ).description,
                failure: .inconsistent("\(entries.count) codes in a run of \(run.count)"))
        }
        for key in keys { try transaction.remove(table, key) }
        return entries
    }

    private static func merge(
        _ left: [KeywordBucket.Entry], _ right: [KeywordBucket.Entry]
    ) -> [KeywordBucket.Entry] {
        var merged: [KeywordBucket.Entry] = []
        merged.reserveCapacity(left.count + right.count)
        var (i, j) = (0, 0)
        while i < left.count && j < right.count {
            if left[i] < right[j] {
                merged.append(left[i])
                i += 1
            } else {
                merged.append(right[j])
                j += 1
            }
        }
        merged.append(contentsOf: left[i...])
        merged.append(contentsOf: right[j...])
        return merged
    }

    private static func write(
        _ entries: [KeywordBucket.Entry], attribute: UInt32, run: UInt32,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.keywordCodes)
        let access = transaction.access
        let last = try access.cursor(table).last().flatMap { Key(stored: $0.key) }
        let capacity = KeywordBucket.capacity
        for start in stride(from: 0, to: entries.count, by: capacity) {
            let (key, value) = KeywordBucket.encode(
                attribute: attribute, run: run, covered: entries.count,
                entries[start..<min(start + capacity, entries.count)])
            if last.map({ $0 < key }) ?? true {
                // LMDB would leave each page half empty, as for keys that come in any order.
                try transaction.append(table, key, value)
            } else {
                try transaction.put(table, key, value)
            }
        }
    }
}
