internal import Synchronization
internal import VDBPrimitives
internal import VDBStorage

/// The cells of one column of a chunk of rows, in place.
struct ColumnPlace {
    let cells: UnsafeRawPointer
    /// Nil where no cell is null.
    let validity: UnsafePointer<UInt64>?
}

/// Where the columns of all chunks of rows lie, each looked up once: cells of rows anywhere are
/// then found without parsing their chunks.
///
/// Valid as long as the rows that it was made for; any number of threads may use it.
final class ColumnPlaces: @unchecked Sendable {
    // @unchecked: the memory is written through atomics alone.
    private struct Slot: ~Copyable {
        /// 0 until the chunk has been looked at; written after `validity`.
        let cells = Atomic<UInt>(0)
        let validity = Atomic<UInt>(0)
    }

    private let slots: UnsafeMutablePointer<Slot>
    private let slotCount: Int
    private let columnCount: Int

    init(chunkCount: Int, columnCount: Int) {
        self.columnCount = columnCount
        slotCount = chunkCount * columnCount
        slots = .allocate(capacity: max(slotCount, 1))
        for index in 0..<slotCount { (slots + index).initialize(to: Slot()) }
    }

    deinit {
        slots.deinitialize(count: slotCount)
        slots.deallocate()
    }

    /// A column of a chunk of `rows`.
    @inline(__always)
    func place(
        chunk: Int, column: Int, of rows: StoredRows
    ) throws(StorageError) -> ColumnPlace {
        let index = chunk * columnCount + column
        precondition(index < slotCount, "column \(column) of chunk \(chunk)")
        if let cells = UnsafeRawPointer(bitPattern: slots[index].cells.load(ordering: .acquiring)) {
            return ColumnPlace(
                cells: cells,
                validity: UnsafePointer(
                    bitPattern: slots[index].validity.load(ordering: .relaxed)))
        }
        return try firstPlace(chunk: chunk, column: column, of: rows)
    }

    @inline(never)
    private func firstPlace(
        chunk: Int, column: Int, of rows: StoredRows
    ) throws(StorageError) -> ColumnPlace {
        let found = try rows.rowChunk(chunk)
        guard found.count > 0 else { throw rows.missing(row: chunk * RowChunk.rowCount) }
        let columns = found.columns
        for (number, view) in columns.enumerated() {
            let slot = slots + chunk * columnCount + number
            slot.pointee.validity.store(UInt(bitPattern: view.validity), ordering: .relaxed)
            slot.pointee.cells.store(UInt(bitPattern: view.cells), ordering: .releasing)
        }
        return ColumnPlace(cells: columns[column].cells, validity: columns[column].validity)
    }
}
