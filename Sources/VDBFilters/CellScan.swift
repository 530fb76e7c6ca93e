internal import VDBPrimitives

/// Up to 64 neighbouring cells of a column, compared to bits.
struct CellScan {
    let view: ColumnView
    /// The first cell.
    let start: Int
    /// 1 … 64.
    let count: Int

    /// Cell `index` of these.
    subscript(index: Int) -> UInt64 {
        switch view.width {
        case .one: UInt64(cells(of: UInt8.self)[index])
        case .four: UInt64(cells(of: UInt32.self)[index])
        case .eight: cells(of: UInt64.self)[index]
        }
    }

    /// Bit i set: cell i is in the range. Bits from `count` on are 0.
    func matches(_ range: CellRange) -> UInt64 {
        guard range.low <= view.width.maximum else { return 0 }
        return CellKernel.within(
            view.cells + start * view.width.size, width: view.width, count: count,
            low: range.low, span: min(range.high, view.width.maximum) - range.low)
    }

    /// Bit i set: cell i fulfils the condition. Bits from `count` on are 0.
    func matches(_ condition: (UInt64) -> Bool) -> UInt64 {
        var bits: UInt64 = 0
        for index in 0..<count { bits |= (condition(self[index]) ? 1 : 0) << UInt64(index) }
        return bits
    }

    func cells<Cell: FixedWidthInteger>(of type: Cell.Type) -> UnsafePointer<Cell> {
        view.cells.assumingMemoryBound(to: Cell.self) + start
    }
}
