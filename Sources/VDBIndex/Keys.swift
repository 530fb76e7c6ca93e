package import VDBStorage

/// The keys of all tables; nothing else makes keys.
package enum Keys {
    package static let manifest = Key(name: "manifest")
    package static let schema = Key(name: "schema")

    package static func centroids(generation: UInt32) -> Key { Key(generation, 1) }
    package static func centroidChunk(generation: UInt32, chunk: Int) -> Key {
        Key(generation, CentroidChunk.firstPart + UInt32(chunk))
    }
    package static func quantizer(generation: UInt32) -> Key { Key(generation, 2) }
    package static func calibration(generation: UInt32) -> Key { Key(generation, 3) }

    package static func drift(generation: UInt32) -> Key { Key(generation, 4) }
    /// Of all generations: numbers of those begin at 1.
    package static let driftHistory = Key(0 as UInt32, 5 as UInt32)

    package static func block(list: UInt32, block: UInt32) -> Key { Key(list, block) }
    package static func chunk(_ chunk: Int) -> Key { Key(UInt32(chunk)) }
    package static func identifierBucket(firstID: UInt64) -> Key { Key(firstID) }
    package static func keyword(attribute: UInt32, code: UInt32) -> Key { Key(attribute, code) }
    /// - Parameters:
    ///   - run: the first code of the run.
    ///   - entry: the first hash and code of the bucket.
    package static func keywordBucket(
        attribute: UInt32, run: UInt32, entry: KeywordBucket.Entry
    ) -> Key {
        var key = Key(attribute, run)
        key.append(entry)
        return key
    }
    package static func payload(row: UInt32) -> Key { Key(row) }
    package static func segment(attribute: Int, _ segment: Int) -> Key {
        Key(UInt32(attribute), UInt32(segment))
    }
    package static func dictionary(number: UInt32) -> Key { Key(number) }
}
