internal import VDBPrimitives
package import VDBStorage

/// The codes of keyword attributes by the hashes of their texts (`Formats/attributes.md`,
/// "keywordCodes").
///
/// One *run* of codes after the other, each sorted by hash and cut into buckets: a text is looked
/// up in every run, and a checkpoint adds one or melts the last ones together. Hashes come in any
/// order; a single sorted table would make a checkpoint rewrite a page for each new keyword.
package enum KeywordCodes {
    /// The codes from `first` on that lie in one run.
    package struct Run: Sendable, Hashable {
        package let first: UInt32
        package let count: Int

        package init(first: UInt32, count: Int) {
            self.first = first
            self.count = count
        }

        /// The first code behind it.
        package var end: Int { Int(first) + count }
    }

    /// The runs of an attribute, ascending; together they cover its codes from 0 on.
    package static func runs(
        attribute: UInt32, _ access: Access
    ) throws(StorageError) -> [Run] {
        let table = access.environment.table(.keywordCodes)
        var runs: [Run] = []
        while let run = UInt32(exactly: runs.last?.end ?? 0),
            let found = try access.entry(
                atOrAbove: Keys.keywordBucket(attribute: attribute, run: run, entry: 0), table)
        {
            let place = try Place(of: found)
            guard place.attribute == attribute else { break }
            guard place.run == run else {
                throw damage(
                    .inconsistent("a run from code \(place.run) on where \(run) follows"),
                    at: found.key)
            }
            runs.append(Run(first: run, count: try bucket(at: found).covered))
        }
        return runs
    }

    /// The codes in a run of texts that have a hash, ascending.
    package static func codes(
        of hash: UInt32, attribute: UInt32, run: Run, _ access: Access
    ) throws(StorageError) -> [UInt32] {
        let table = access.environment.table(.keywordCodes)
        let start = Keys.keywordBucket(
            attribute: attribute, run: run.first, entry: UInt64(hash) << 32)
        var codes: [UInt32] = []
        var found = try access.entry(atOrBelow: start, table)
        if try found.map({ (found) throws(StorageError) in
            try Place(of: found).isOf(attribute, run)
        }) != true {
            found = try access.entry(atOrAbove: start, table)
        }
        while let entry = found {
            let place = try Place(of: entry)
            guard place.isOf(attribute, run), place.entry >> 32 <= UInt64(hash) else { break }
            let bucket = try bucket(at: entry)
            var index = bucket.index(of: hash)
            while index < bucket.count, bucket.hash(index) == hash {
                let code = bucket.code(index)
                guard code >= run.first, Int(code) < run.end else {
                    throw damage(
                        .inconsistent("code \(code) in a run of \(run.first) ..< \(run.end)"),
                        at: entry.key)
                }
                codes.append(code)
                index += 1
            }
            guard index == bucket.count else { break }
            let last = bucket.entry(bucket.count - 1)
            guard last < .max else { break }
            found = try access.entry(
                atOrAbove: Keys.keywordBucket(
                    attribute: attribute, run: run.first, entry: last + 1), table)
        }
        return codes
    }

    /// Visits the buckets of a run, ascending, with their keys.
    package static func forEachBucket(
        attribute: UInt32, _ run: Run, _ access: Access,
        _ body: (_ key: String, _ first: KeywordBucket.Entry, KeywordBucket) -> Void
    ) throws(StorageError) {
        let cursor = try access.cursor(access.environment.table(.keywordCodes))
        var found = try cursor.seek(
            Keys.keywordBucket(attribute: attribute, run: run.first, entry: 0))
        while let entry = found {
            let place = try Place(of: entry)
            guard place.isOf(attribute, run) else { return }
            body(describe(key: entry.key), place.entry, try bucket(at: entry))
            found = try cursor.next()
        }
    }

    /// Where a bucket is: what its key says.
    package struct Place: Sendable, Hashable {
        package let attribute: UInt32
        /// The first code of the run.
        package let run: UInt32
        /// The first hash and code.
        package let entry: KeywordBucket.Entry

        /// Reads a key, which must be of 16 bytes.
        package init(of found: Cursor.Entry) throws(StorageError) {
            guard found.key.count == 16, let attribute = found.keyPart(UInt32.self),
                let run = found.keyPart(UInt32.self, at: 4),
                let entry = found.keyPart(UInt64.self, at: 8)
            else {
                throw KeywordCodes.damage(
                    .inconsistent("a key of \(found.key.count) bytes"), at: found.key)
            }
            self.attribute = attribute
            self.run = run
            self.entry = entry
        }

        func isOf(_ attribute: UInt32, _ run: Run) -> Bool {
            self.attribute == attribute && self.run == run.first
        }
    }

    /// The bucket in a value, its checksum checked.
    package static func bucket(
        at found: Cursor.Entry
    ) throws(StorageError) -> KeywordBucket {
        let place = try Place(of: found)
        do throws(DecodingFailure) {
            let body = try SealedValue.open(
                found.value,
                key: Keys.keywordBucket(
                    attribute: place.attribute, run: place.run, entry: place.entry),
                kind: ValueKind.keywordBucket, version: KeywordBucket.layoutVersion)
            return try KeywordBucket(decoding: body)
        } catch {
            throw damage(error, at: found.key)
        }
    }

    static func damage(
        _ failure: DecodingFailure, at key: UnsafeRawBufferPointer
    ) -> StorageError {
        .damaged(
            table: TableName.keywordCodes.rawValue, key: describe(key: key), failure: failure)
    }
}
