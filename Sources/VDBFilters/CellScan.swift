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
        switch view.width {
        case .one: Self.scan(cells(of: UInt8.self), count, range)
        case .four: Self.scan(cells(of: UInt32.self), count, range)
        case .eight: Self.scan(cells(of: UInt64.self), count, range)
        }
    }

    /// Bit i set: cell i fulfils the condition. Bits from `count` on are 0.
    func matches(_ condition: (UInt64) -> Bool) -> UInt64 {
        var bits: UInt64 = 0
        for index in 0..<count { bits |= (condition(self[index]) ? 1 : 0) << UInt64(index) }
        return bits
    }

    private func cells<Cell: FixedWidthInteger>(of type: Cell.Type) -> UnsafePointer<Cell> {
        view.cells.assumingMemoryBound(to: Cell.self) + start
    }

    /// One subtraction and one unsigned comparison per cell, which the compiler makes vectors of;
    /// eight results, a byte each, are gathered into bits by one multiplication.
    @inline(__always)
    private static func scan<Cell: FixedWidthInteger & UnsignedInteger>(
        _ cells: UnsafePointer<Cell>, _ count: Int, _ range: CellRange
    ) -> UInt64 {
        guard let low = Cell(exactly: range.low) else { return 0 }
        let span = Cell(clamping: range.high) &- low
        guard count == 64 else {
            var bits: UInt64 = 0
            for index in 0..<count where cells[index] &- low <= span {
                bits |= 1 << UInt64(index)
            }
            return bits
        }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 8) { groups in
            let flags = UnsafeMutableRawBufferPointer(groups).assumingMemoryBound(to: UInt8.self)
            for index in 0..<64 { flags[index] = cells[index] &- low <= span ? 1 : 0 }
            var bits: UInt64 = 0
            for (index, group) in groups.enumerated() {
                let gathered = (group &* 0x0102_0408_1020_4080) >> 56
                bits |= gathered << UInt64(index * 8)
            }
            return bits
        }
    }
}
