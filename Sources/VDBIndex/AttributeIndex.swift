package import VDBPrimitives
package import VDBStorage

/// The segments of all attributes as a snapshot sees them.
///
/// Safe to use from any number of threads while the snapshot's transaction lives.
package final class AttributeIndex: Sendable {
    /// Rows 0 ..< coveredCount are in the index of every attribute; the others must be looked at
    /// one by one.
    package let coveredCount: Int
    package let segmentCount: Int
    private let indexes: [IndexShape]
    private let values: ResolvedValues
    /// The first value of each attribute.
    private let starts: [Int]

    /// Walks the table; `earlier` is the snapshot before, still alive.
    package init(
        shape: RecordShape, rowCount: Int, earlier: AttributeIndex?, _ access: Access
    ) throws(StorageError) {
        indexes = shape.indexes
        let table = access.environment.table(.attributes)
        var entries: [(key: Key, value: UnsafeRawBufferPointer)] = []
        var counts = [Int](repeating: 0, count: indexes.count)
        let cursor = try access.cursor(table)
        var found = try cursor.first()
        while let entry = found {
            guard let attribute = entry.keyPart(UInt32.self),
                let segment = entry.keyPart(UInt32.self, at: 4), entry.key.count == 8,
                attribute < indexes.count
            else {
                throw .damaged(
                    table: table.name, key: describe(key: entry.key),
                    failure: .inconsistent("\(indexes.count) attributes have no such key"))
            }
            guard segment == counts[Int(attribute)] else {
                throw .damaged(
                    table: table.name, key: describe(key: entry.key),
                    failure: .inconsistent("segment \(counts[Int(attribute)]) is missing"))
            }
            counts[Int(attribute)] += 1
            entries.append((Keys.segment(attribute: Int(attribute), Int(segment)), entry.value))
            found = try cursor.next()
        }
        var starts: [Int] = []
        for count in counts { starts.append((starts.last ?? 0) + count) }
        self.starts = [0] + starts.dropLast()
        values = try ResolvedValues(
            table: table, kind: ValueKind.attributeSegment,
            versions: AttributeSegment.layoutVersion...AttributeSegment.layoutVersion,
            entries: entries, earlier: earlier?.values)
        segmentCount = counts.min() ?? 0
        var covered = indexes.isEmpty ? 0 : Int.max
        for (attribute, count) in counts.enumerated() where covered > 0 {
            guard count > 0 else {
                covered = 0
                continue
            }
            let last = try Self.segment(
                of: values, self.starts[attribute] + count - 1, indexes[attribute])
            covered = min(
                covered, (count - 1) * AttributeSegment.rowCount + last.count)
        }
        coveredCount = min(covered, rowCount)
    }

    /// A segment of an attribute.
    package func segment(
        attribute: Int, _ segment: Int
    ) throws(StorageError) -> AttributeSegment {
        precondition(segment < segmentCount, "segment \(segment) of \(segmentCount)")
        return try Self.segment(of: values, starts[attribute] + segment, indexes[attribute])
    }

    private static func segment(
        of values: ResolvedValues, _ index: Int, _ shape: IndexShape
    ) throws(StorageError) -> AttributeSegment {
        try values.decode(index) { (value) throws(DecodingFailure) in
            try AttributeSegment(value, width: shape.width)
        }
    }
}
