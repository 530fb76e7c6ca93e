internal import VDBPrimitives
internal import VDBQuantizers

extension ColumnBuffer {
    /// Views of column runs that have been parsed before (`views`), into memory that is used again:
    /// a search under a filter comes here for every block.
    ///
    /// - Parameters:
    ///   - start: the first run.
    ///   - last: the last column that is wanted: those behind it are left as they are.
    static func walk(
        _ start: UnsafeRawPointer, shape: RecordShape, count: Int, through last: Int,
        into views: inout [ColumnView]
    ) {
        if views.count != shape.columns.count {
            views = shape.columns.map {
                ColumnView(
                    width: $0, cells: start, validity: nil,
                    summary: ColumnSummary(minimum: 0, maximum: 0, count: 0, nullCount: 0))
            }
        }
        var run = start
        for (column, width) in shape.columns.prefix(last + 1).enumerated() {
            let nullCount = Int(
                UInt32(littleEndian: run.load(fromByteOffset: nullCountOffset, as: UInt32.self)))
            var cells = run + headSize
            var validity: UnsafePointer<UInt64>?
            if nullCount > 0 {
                validity = cells.assumingMemoryBound(to: UInt64.self)
                cells += (count + 63) / 64 * 8
            }
            views[column] = ColumnView(
                width: width, cells: cells, validity: validity,
                summary: ColumnSummary(
                    minimum: UInt64(littleEndian: run.load(as: UInt64.self)),
                    maximum: UInt64(
                        littleEndian: run.load(fromByteOffset: maximumOffset, as: UInt64.self)),
                    count: count, nullCount: nullCount))
            run = cells + ((count * width.size + 7) & ~7)
        }
    }

    /// Asks for the memory of some column runs, and for what `walk` reads of those before them, as
    /// they lie where no column before has nulls.
    ///
    /// - Parameter used: ascending.
    static func prefetch(
        _ start: UnsafeRawPointer, shape: RecordShape, count: Int, used: [Int]
    ) {
        var run = start
        var column = 0
        for next in used {
            while column < next {
                SelectionKernel.prefetch(run)
                run += headSize + ((count &* shape.columns[column].size + 7) & ~7)
                column += 1
            }
            let size = headSize + ((count &* shape.columns[column].size + 7) & ~7)
            SelectionKernel.prefetch(run, size: size)
            run += size
            column += 1
        }
    }
}
