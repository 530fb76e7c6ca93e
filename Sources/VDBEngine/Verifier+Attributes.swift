internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Verifier {
    /// Every segment of the index of attributes is, byte for byte, what the rows say: then each
    /// row that it covers is in it once, under its own key, and nothing else is. Of rows whose
    /// chunks are gone nobody knows the keys.
    mutating func checkAttributes() {
        guard canWalk(.attributes), canWalk(.rows) else { return }
        let (stored, shape) = (stored, shape)
        let covered = stored.attributes.coveredCount
        let writer = AttributeWriter(shape: shape, rowCount: covered)
        let table = stored.access.environment.table(.attributes)
        let segmentCount =
            (covered + AttributeSegment.rowCount - 1) / AttributeSegment.rowCount
        var dueCount = 0
        for segment in 0..<segmentCount {
            let former = shape.indexes.indices.map { attribute in
                attempt { () throws(StorageError) in
                    try stored.attributes.segment(attribute: attribute, segment).cells()
                } ?? []
            }
            guard
                let due = attempt({ () throws(StorageError) in
                    try writer.encoded(segment: segment, former: former, stored.access)
                })
            else { continue }
            for (attribute, value) in due.enumerated()
            where !stored.attributes.isMissing(attribute: attribute, segment) {
                dueCount += 1
                let key = Keys.segment(attribute: attribute, segment)
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
        if let entryCount, entryCount != dueCount {
            report("attributes", "", "\(entryCount) segments, \(dueCount) expected")
        }
    }
}
