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

    /// Walks the table.
    ///
    /// - Parameters:
    ///   - rows: the rows that it is an index of; a segment may be missing if all their chunks are.
    ///   - earlier: the snapshot before, still alive.
    package init(
        shape: RecordShape, rows: StoredRows, earlier: AttributeIndex?, _ access: Access
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
                attribute < indexes.count,
                Int(segment) * AttributeSegment.rowCount < max(rows.count, 1)
            else {
                throw .damaged(
                    table: table.name, key: describe(key: entry.key),
                    failure: .inconsistent(
                        "\(indexes.count) attributes of \(rows.count) rows have no such key"))
            }
            while counts[Int(attribute)] < segment {
                let gap = counts[Int(attribute)]
                guard Self.isGone(segment: gap, rows) else {
                    throw .damaged(
                        table: table.name, key: describe(key: entry.key),
                        failure: .inconsistent("segment \(gap) is missing"))
                }
                entries.append((Keys.segment(attribute: Int(attribute), gap), Self.nothing))
                counts[Int(attribute)] += 1
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
        coveredCount = min(covered, rows.count)
    }

    private static var nothing: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Whether all chunks of rows that a segment covers are missing.
    private static func isGone(segment: Int, _ rows: StoredRows) -> Bool {
        let chunks = AttributeSegment.chunks(of: segment)
        return chunks.upperBound <= rows.rowChunkCount
            && chunks.allSatisfy { rows.isRowChunkMissing($0) }
    }

    /// Whether a segment is missing, all chunks of its rows being so.
    package func isMissing(attribute: Int, _ segment: Int) -> Bool {
        values.isMissing(starts[attribute] + segment)
    }

    /// A segment of an attribute; one that is missing has no rows.
    package func segment(
        attribute: Int, _ segment: Int
    ) throws(StorageError) -> AttributeSegment {
        precondition(segment < segmentCount, "segment \(segment) of \(segmentCount)")
        return try Self.segment(of: values, starts[attribute] + segment, indexes[attribute])
    }

    private static func segment(
        of values: ResolvedValues, _ index: Int, _ shape: IndexShape
    ) throws(StorageError) -> AttributeSegment {
        if values.isMissing(index) {
            return AttributeSegment(emptyAt: values.start(index), width: shape.width)
        }
        return try values.decode(index) { (value) throws(DecodingFailure) in
            try AttributeSegment(value, width: shape.width)
        }
    }
}
