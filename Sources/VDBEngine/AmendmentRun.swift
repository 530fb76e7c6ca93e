internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives

/// Cells that operations of the log give to some rows, in ascending order of the rows, in columns:
/// a filter looks at them as at those of a block.
final class AmendmentRun: @unchecked Sendable {
    // @unchecked: the memory is written in `init` alone.
    /// No two are equal.
    let rows: [UInt32]
    /// Where in the log each was amended.
    let positions: [LogPosition]
    let columns: [ColumnView]
    /// The least and the greatest of the positions.
    let firstPosition: LogPosition
    let lastPosition: LogPosition
    private let memory: [UnsafeMutableRawPointer]

    var count: Int { rows.count }

    /// - Parameters:
    ///   - rows: at least one.
    ///   - cells: as many in each column.
    init(rows: [UInt32], positions: [LogPosition], cells: [ColumnBuffer]) {
        precondition(!rows.isEmpty && positions.count == rows.count, "\(rows.count) rows amended")
        self.rows = rows
        self.positions = positions
        firstPosition = positions.min() ?? positions[0]
        lastPosition = positions.max() ?? positions[0]
        var memory: [UnsafeMutableRawPointer] = []
        columns = cells.map { $0.view(in: &memory) }
        self.memory = memory
    }

    deinit { for part in memory { part.deallocate() } }

    /// The place of a row, or nil.
    func index(of row: UInt32) -> Int? {
        let index = rows.partitionPoint { $0 >= row }
        return index < rows.count && rows[index] == row ? index : nil
    }

    func cells(_ index: Int) -> [UInt64?] { columns.map { $0[index] } }

    /// This run with a later one on top.
    func merged(with later: AmendmentRun) -> AmendmentRun {
        var result = Draft(width: columns.map(\.width), capacity: count + later.count)
        var (old, new) = (0, 0)
        while old < count || new < later.count {
            if new == later.count || old < count && rows[old] < later.rows[new] {
                result.take(old, of: self)
                old += 1
            } else {
                if old < count, rows[old] == later.rows[new] { old += 1 }
                result.take(new, of: later)
                new += 1
            }
        }
        return result.finish()
    }

    /// What came after a position; nil if nothing did.
    func after(_ position: LogPosition) -> AmendmentRun? {
        if firstPosition > position { return self }
        guard lastPosition > position else { return nil }
        var result = Draft(width: columns.map(\.width), capacity: count)
        for index in 0..<count where positions[index] > position { result.take(index, of: self) }
        return result.finish()
    }

    private struct Draft {
        private var rows: [UInt32] = []
        private var positions: [LogPosition] = []
        private var cells: [ColumnBuffer]

        init(width: [CellWidth], capacity: Int) {
            cells = width.map { ColumnBuffer(width: $0) }
            rows.reserveCapacity(capacity)
            positions.reserveCapacity(capacity)
        }

        mutating func take(_ index: Int, of run: AmendmentRun) {
            rows.append(run.rows[index])
            positions.append(run.positions[index])
            for column in cells.indices { cells[column].append(run.columns[column][index]) }
        }

        func finish() -> AmendmentRun {
            AmendmentRun(rows: rows, positions: positions, cells: cells)
        }
    }
}

extension ColumnBuffer {
    /// A view of the cells in memory of their own, which is added to `memory`.
    fileprivate func view(in memory: inout [UnsafeMutableRawPointer]) -> ColumnView {
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * width.size, alignment: 64)
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: max((count + 63) / 64, 1))
        words.update(repeating: 0, count: (count + 63) / 64)
        memory.append(bytes)
        memory.append(UnsafeMutableRawPointer(words))
        var (minimum, maximum, nullCount) = (UInt64.max, UInt64.min, 0)
        for index in 0..<count {
            let cell = self[index]
            if let cell {
                words[index >> 6] |= 1 << UInt64(index & 63)
                minimum = min(minimum, cell)
                maximum = max(maximum, cell)
            } else {
                nullCount += 1
            }
            let value = cell ?? 0
            switch width {
            case .one:
                bytes.storeBytes(
                    of: UInt8(truncatingIfNeeded: value), toByteOffset: index, as: UInt8.self)
            case .four:
                bytes.storeBytes(
                    of: UInt32(truncatingIfNeeded: value), toByteOffset: index * 4,
                    as: UInt32.self)
            case .eight:
                bytes.storeBytes(of: value, toByteOffset: index * 8, as: UInt64.self)
            }
        }
        return ColumnView(
            width: width, cells: UnsafeRawPointer(bytes),
            validity: nullCount > 0 ? UnsafePointer(words) : nil,
            summary: ColumnSummary(
                minimum: nullCount == count ? 0 : minimum,
                maximum: nullCount == count ? 0 : maximum, count: count, nullCount: nullCount))
    }
}
