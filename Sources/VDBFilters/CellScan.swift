internal import VDBPrimitives

/// Up to 256 neighbouring cells of a column, compared to bits.
struct CellScan {
    let view: ColumnView
    /// The first cell.
    let start: Int
    let count: Int

    typealias Bits = EntryStrip.Bits

    /// Cell `index` of these.
    subscript(index: Int) -> UInt64 {
        switch view.width {
        case .one: UInt64(cells(of: UInt8.self)[index])
        case .four: UInt64(cells(of: UInt32.self)[index])
        case .eight: cells(of: UInt64.self)[index]
        }
    }

    /// A bit for each cell that is in one of some ranges; 0 from `count` on.
    func matches(_ ranges: [CellRange]) -> Bits {
        var bits = Bits()
        for range in ranges where range.low <= view.width.maximum {
            bits.withWords {
                CellKernel.within(
                    view.cells + start * view.width.size, width: view.width, count: count,
                    low: range.low, span: min(range.high, view.width.maximum) - range.low,
                    addingTo: $0)
            }
        }
        return bits
    }

    /// A bit for each cell that fulfils the condition; 0 from `count` on.
    func matches(_ condition: (UInt64) -> Bool) -> Bits {
        var bits = Bits()
        for index in 0..<count {
            bits[index >> 6] |= (condition(self[index]) ? 1 : 0) << UInt64(index & 63)
        }
        return bits
    }

    func cells<Cell: FixedWidthInteger>(of type: Cell.Type) -> UnsafePointer<Cell> {
        view.cells.assumingMemoryBound(to: Cell.self) + start
    }
}
