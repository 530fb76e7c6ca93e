internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Verifier {
    /// Every segment of the index of attributes is, byte for byte, what the rows say: then each
    /// row that it covers is in it once, under its own key, and nothing else is.
    mutating func checkAttributes() {
        guard canWalk(.attributes), canWalk(.rows) else { return }
        let (stored, shape) = (stored, shape)
        let covered = stored.attributes.coveredCount
        let writer = AttributeWriter(shape: shape, rowCount: covered)
        let table = stored.access.environment.table(.attributes)
        let segmentCount =
            (covered + AttributeSegment.rowCount - 1) / AttributeSegment.rowCount
        for segment in 0..<segmentCount {
            guard
                let due = attempt({ () throws(StorageError) in
                    try writer.encoded(segment: segment, stored.access)
                })
            else { continue }
            for (attribute, value) in due.enumerated() {
                let key = Keys.segment(attribute: attribute, segment)
                _ = attempt { () throws(StorageError) in
                    _ = try stored.attributes.segment(attribute: attribute, segment)
                }
                let found = attempt { () throws(StorageError) in
                    try stored.access.value(table, key)
                }
                guard case .some(.some(let bytes)) = found, !bytes.elementsEqual(value) else {
                    continue
                }
                report(
                    "attributes", key.description,
                    "attribute \(attribute) of the rows from "
                        + "\(segment * AttributeSegment.rowCount) on is not as in rows")
            }
        }
        let entryCount = attempt { () throws(StorageError) in
            try stored.access.statistics(table).entryCount
        }
        let dueCount = segmentCount * shape.indexes.count
        if let entryCount, entryCount != dueCount {
            report("attributes", "", "\(entryCount) segments, \(dueCount) expected")
        }
    }
}
