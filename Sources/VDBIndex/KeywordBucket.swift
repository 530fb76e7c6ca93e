package import VDBPrimitives
package import VDBStorage

/// Some codes of a run, in the order of their texts' hashes (`Formats/attributes.md`,
/// "keywordCodes"); in place.
package struct KeywordBucket {
    package static let layoutVersion: UInt8 = 1
    /// So many that two buckets fill a page.
    package static let capacity = 248

    /// A hash and, of equal ones ascending, the code of a text that has it.
    package typealias Entry = UInt64

    /// The codes that the whole run covers, from the one in the bucket's key on.
    package let covered: Int
    package let count: Int
    private let hashes: UnsafeRawBufferPointer
    private let codes: UnsafeRawBufferPointer

    /// Reads what stands behind the prologue.
    package init(decoding body: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(body)
        covered = Int(try reader.read(UInt32.self))
        count = Int(try reader.read(UInt32.self))
        guard (1...Self.capacity).contains(count) else {
            throw .inconsistent("\(count) codes in a bucket of \(Self.capacity)")
        }
        guard covered >= count else {
            throw .inconsistent("\(count) codes of a run of \(covered)")
        }
        hashes = try reader.readBytes(4 * count)
        codes = try reader.readBytes(4 * count)
        try reader.finish()
    }

    /// The bytes of a bucket.
    ///
    /// - Parameter entries: 1 … `capacity` of them, ascending.
    package static func encode(
        attribute: UInt32, run: UInt32, covered: Int, _ entries: ArraySlice<Entry>
    ) -> (key: Key, value: [UInt8]) {
        precondition((1...capacity).contains(entries.count), "a bucket of \(entries.count)")
        let key = Keys.keywordBucket(
            attribute: attribute, run: run, entry: entries[entries.startIndex])
        var writer = SealedValue.writer(
            kind: ValueKind.keywordBucket, version: layoutVersion,
            reservingCapacity: 8 + entries.count * 8)
        writer.write(UInt32(covered))
        writer.write(UInt32(entries.count))
        for entry in entries { writer.write(UInt32(truncatingIfNeeded: entry >> 32)) }
        for entry in entries { writer.write(UInt32(truncatingIfNeeded: entry)) }
        return (key, SealedValue.seal(writer, key: key))
    }

    /// What the tables keep of a text's hash.
    package static func hash(of text: HashedText) -> UInt32 {
        UInt32(truncatingIfNeeded: text.value)
    }

    /// The entry of a text that has a code.
    package static func entry(_ text: HashedText, code: UInt32) -> Entry {
        UInt64(hash(of: text)) << 32 | UInt64(code)
    }

    package func hash(_ index: Int) -> UInt32 {
        UInt32(littleEndian: hashes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
    }

    package func code(_ index: Int) -> UInt32 {
        UInt32(littleEndian: codes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
    }

    package func entry(_ index: Int) -> Entry { UInt64(hash(index)) << 32 | UInt64(code(index)) }

    /// Why this cannot be a bucket of a run; nil if it can.
    ///
    /// - Parameter first: what its key says.
    package func refusal(first: Entry, _ run: KeywordCodes.Run) -> String? {
        if covered != run.count { return "a run of \(covered) codes, \(run.count) before" }
        if entry(0) != first { return "the key is not the first hash and code" }
        for index in 0..<count {
            let code = code(index)
            if code < run.first || Int(code) >= run.end {
                return "code \(code) in a run of \(run.first) ..< \(run.end)"
            }
            if index > 0, entry(index) <= entry(index - 1) { return "hashes do not ascend" }
        }
        return nil
    }

    /// The first index whose hash is not below `hash`; `count` if there is none.
    func index(of hash: UInt32) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self.hash(middle) < hash { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
