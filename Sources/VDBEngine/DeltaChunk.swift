internal import VDBPrimitives

/// A run of up to 256 consecutive rows that are in the log but not yet in the tables.
///
/// The writer fills it from the front; readers look only at rows below the count that they were
/// given when a snapshot was published, and those never change.
final class DeltaChunk: @unchecked Sendable {
    // @unchecked: rows are written before the count that covers them is published under a lock.
    static let rowCount = 256

    let ids: UnsafeMutablePointer<UInt64>
    let vectors: UnsafeMutableRawPointer
    private let cells: [UnsafeMutableRawPointer]
    /// One byte a cell, 1 where it is null: bits would share words with rows still being written.
    private let isNull: [UnsafeMutablePointer<UInt8>]
    private let payloads: UnsafeMutablePointer<[UInt8]?>
    private let shape: RecordShape

    init(shape: RecordShape) {
        self.shape = shape
        ids = .allocate(capacity: Self.rowCount)
        vectors = .allocate(byteCount: Self.rowCount * shape.vectorSize, alignment: 64)
        cells = shape.columns.map {
            .allocate(byteCount: Self.rowCount * $0.size, alignment: 8)
        }
        isNull = shape.columns.map { _ in .allocate(capacity: Self.rowCount) }
        payloads = .allocate(capacity: Self.rowCount)
        payloads.initialize(repeating: nil, count: Self.rowCount)
    }

    deinit {
        ids.deallocate()
        vectors.deallocate()
        for column in cells { column.deallocate() }
        for flags in isNull { flags.deallocate() }
        payloads.deinitialize(count: Self.rowCount)
        payloads.deallocate()
    }

    func set(
        index: Int, id: UInt64, vector: UnsafeRawBufferPointer, cells row: [UInt64?],
        payload: [UInt8]?
    ) {
        ids[index] = id
        payloads[index] = payload
        UnsafeMutableRawBufferPointer(
            start: vectors + index * shape.vectorSize, count: shape.vectorSize
        ).copyMemory(from: vector)
        for (column, cell) in row.enumerated() {
            isNull[column][index] = cell == nil ? 1 : 0
            let value = cell ?? 0
            switch shape.columns[column] {
            case .one:
                cells[column].storeBytes(
                    of: UInt8(truncatingIfNeeded: value), toByteOffset: index, as: UInt8.self)
            case .four:
                cells[column].storeBytes(
                    of: UInt32(truncatingIfNeeded: value), toByteOffset: index * 4,
                    as: UInt32.self)
            case .eight:
                cells[column].storeBytes(of: value, toByteOffset: index * 8, as: UInt64.self)
            }
        }
    }

    func vector(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: vectors + index * shape.vectorSize, count: shape.vectorSize)
    }

    func payload(_ index: Int) -> [UInt8]? { payloads[index] }

    /// Runs `body` with views of the first `count` rows' columns.
    func withColumns<Result>(count: Int, _ body: ([ColumnView]) -> Result) -> Result {
        let wordCount = Self.rowCount / 64
        var validity = [UInt64](repeating: 0, count: wordCount * max(cells.count, 1))
        return validity.withUnsafeMutableBufferPointer { words in
            guard let start = words.baseAddress else { return body([]) }
            var views: [ColumnView] = []
            for (column, width) in shape.columns.enumerated() {
                var nullCount = 0
                for index in 0..<count {
                    if isNull[column][index] == 0 {
                        words[column * wordCount + index >> 6] |= 1 << UInt64(index & 63)
                    } else {
                        nullCount += 1
                    }
                }
                views.append(
                    ColumnView(
                        width: width, cells: cells[column],
                        validity: nullCount > 0
                            ? UnsafePointer(start + column * wordCount) : nil,
                        summary: ColumnSummary(
                            minimum: 0, maximum: .max, count: count, nullCount: nullCount)))
            }
            return body(views)
        }
    }

    /// The attribute cells of one row.
    func cells(_ index: Int) -> [UInt64?] {
        withColumns(count: index + 1) { columns in columns.map { $0[index] } }
    }
}
