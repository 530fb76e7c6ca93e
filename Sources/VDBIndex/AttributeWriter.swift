package import VDBPrimitives
package import VDBStorage

/// Brings rows that are in the tables into the index of their attributes.
package struct AttributeWriter {
    private let shape: RecordShape
    /// The rows in the tables.
    private let rowCount: Int

    package init(shape: RecordShape, rowCount: Int) {
        self.shape = shape
        self.rowCount = rowCount
    }

    /// Writes the segments from the one that holds row `covered`, which is the first that is not
    /// in the index; at most `limit` of them for each attribute.
    package func write(
        from covered: Int, limit: Int, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        guard !shape.indexes.isEmpty, covered < rowCount else { return }
        let first = covered / AttributeSegment.rowCount
        let segments = (rowCount + AttributeSegment.rowCount - 1) / AttributeSegment.rowCount
        let end = min(segments, first + limit)
        let table = transaction.environment.table(.attributes)
        for segment in first..<end {
            let values = try encoded(segment: segment, transaction.access)
            for (attribute, value) in values.enumerated() {
                try transaction.put(
                    table, Keys.segment(attribute: attribute, segment), value)
            }
        }
    }

    /// Writes some attributes' values of a segment anew, from what the table `rows` says by now.
    package func rewrite(
        segment: Int, attributes: some Sequence<Int>, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.attributes)
        let keys = try keys(segment: segment, former: [], transaction.access)
        for attribute in attributes {
            try transaction.put(
                table, Keys.segment(attribute: attribute, segment),
                encoded(keys[attribute], attribute: attribute, segment))
        }
    }

    /// What the index must hold of a segment, one value for each attribute.
    ///
    /// - Parameter former: the keys, by attribute, that rows had whose chunks are missing; none if
    ///   there are fewer attributes or rows.
    package func encoded(
        segment: Int, former: [[UInt64?]] = [], _ access: Access
    ) throws(StorageError) -> [[UInt8]] {
        let keys = try keys(segment: segment, former: former, access)
        return keys.enumerated().map { encoded($1, attribute: $0, segment) }
    }

    private func encoded(_ keys: [UInt64?], attribute: Int, _ segment: Int) -> [UInt8] {
        AttributeSegment.encode(
            keys, width: shape.indexes[attribute].width,
            key: Keys.segment(attribute: attribute, segment))
    }

    /// The keys of a segment's rows, by attribute.
    private func keys(
        segment: Int, former: [[UInt64?]], _ access: Access
    ) throws(StorageError) -> [[UInt64?]] {
        let first = segment * AttributeSegment.rowCount
        let end = min(rowCount, first + AttributeSegment.rowCount)
        var cells = shape.indexes.map { _ in [UInt64?]() }
        for index in cells.indices { cells[index].reserveCapacity(end - first) }
        let table = access.environment.table(.rows)
        for number in first / RowChunk.rowCount...(end - 1) / RowChunk.rowCount {
            let key = Keys.chunk(number)
            guard let value = try access.value(table, key) else {
                // Its rows are all dead.
                let places =
                    number * RowChunk.rowCount - first..<min(
                        (number + 1) * RowChunk.rowCount, end) - first
                for attribute in cells.indices {
                    let known = attribute < former.count ? former[attribute] : []
                    cells[attribute] += places.map { $0 < known.count ? known[$0] : nil }
                }
                continue
            }
            do throws(DecodingFailure) {
                let version = SealedValue.version(of: value, among: RowChunk.versions)
                _ = try SealedValue.open(
                    value, key: key, kind: ValueKind.rowChunk, version: version)
                let chunk = try RowChunk(value, shape: shape)
                let needed = min(chunk.count, end - number * RowChunk.rowCount)
                for (attribute, index) in shape.indexes.enumerated() {
                    index.append(chunk.columns, count: needed, to: &cells[attribute])
                }
            } catch {
                throw .damaged(table: table.name, key: key.description, failure: error)
            }
        }
        return cells
    }
}

extension IndexShape {
    /// Adds the keys of the first `count` rows of a chunk.
    fileprivate func append(_ columns: [ColumnView], count: Int, to keys: inout [UInt64?]) {
        switch self {
        case .column(let column, _):
            let view = columns[column]
            for index in 0..<count { keys.append(view[index]) }
        case .place(let column):
            let (latitudes, longitudes) = (columns[column], columns[column + 1])
            for index in 0..<count {
                guard let latitude = latitudes[index], let longitude = longitudes[index] else {
                    keys.append(nil)
                    continue
                }
                keys.append(
                    ZOrder.key(
                        latitude: UInt32(truncatingIfNeeded: latitude),
                        longitude: UInt32(truncatingIfNeeded: longitude)))
            }
        }
    }
}
