package import VDBPrimitives
package import VDBStorage

/// Cells of rows anywhere, brought together as columns for a filter to look at.
package final class GatheredColumns {
    /// Rows that are brought together at a time.
    package static let capacity = 2048

    private let memory: [UnsafeMutableRawPointer]
    private let validity: [UnsafeMutablePointer<UInt64>]
    private let widths: [CellWidth]

    package init(widths: [CellWidth]) {
        self.widths = widths
        memory = widths.map {
            .allocate(byteCount: Self.capacity * $0.size, alignment: 64)
        }
        validity = widths.map { _ in .allocate(capacity: Self.capacity / 64) }
    }

    deinit {
        for column in memory { column.deallocate() }
        for words in validity { words.deallocate() }
    }

    /// One view for each column; only those `used` have cells.
    package func gather(
        _ rows: UnsafeBufferPointer<UInt32>, used: [Int], of stored: StoredRows
    ) throws(StorageError) -> [ColumnView] {
        precondition(rows.count <= Self.capacity, "\(rows.count) rows of \(Self.capacity)")
        var views = widths.indices.map { view($0, count: 0, nullCount: 0) }
        for column in used {
            let words = validity[column]
            words.update(repeating: 0, count: (rows.count + 63) / 64)
            var nullCount = 0
            for (index, row) in rows.enumerated() {
                let (chunk, place) = row.quotientAndRemainder(
                    dividingBy: UInt32(RowChunk.rowCount))
                let found = try stored.columnPlace(chunk: Int(chunk), column: column)
                let position = Int(place)
                let isValid =
                    found.validity.map { $0[position >> 6] >> UInt64(position & 63) & 1 == 1 }
                    ?? true
                words[index >> 6] |= (isValid ? 1 : 0) << UInt64(index & 63)
                nullCount += isValid ? 0 : 1
                copy(found.cells, position, to: index, of: column)
            }
            views[column] = view(column, count: rows.count, nullCount: nullCount)
        }
        return views
    }

    @inline(__always)
    private func copy(_ cells: UnsafeRawPointer, _ place: Int, to index: Int, of column: Int) {
        switch widths[column] {
        case .one:
            memory[column].storeBytes(
                of: cells.load(fromByteOffset: place, as: UInt8.self), toByteOffset: index,
                as: UInt8.self)
        case .four:
            memory[column].storeBytes(
                of: cells.load(fromByteOffset: place * 4, as: UInt32.self),
                toByteOffset: index * 4, as: UInt32.self)
        case .eight:
            memory[column].storeBytes(
                of: cells.load(fromByteOffset: place * 8, as: UInt64.self),
                toByteOffset: index * 8, as: UInt64.self)
        }
    }

    private func view(_ column: Int, count: Int, nullCount: Int) -> ColumnView {
        ColumnView(
            width: widths[column], cells: UnsafeRawPointer(memory[column]),
            validity: nullCount > 0 ? UnsafePointer(validity[column]) : nil,
            summary: ColumnSummary(
                minimum: 0, maximum: .max, count: count, nullCount: nullCount))
    }
}
