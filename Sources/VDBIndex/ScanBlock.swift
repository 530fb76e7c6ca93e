package import VDBPrimitives
package import VDBQuantizers

/// A block as a scan reads it: where codes, corrections and rows lie, worked out from its count.
///
/// `ListBlock` parses and checks the same bytes, on the first touch. Valid as long as the
/// transaction that they came from.
package struct ScanBlock {
    package let codes: CodeBlock
    package let rows: UnsafePointer<UInt32>

    package var count: Int { codes.count }

    /// Where the attribute columns begin.
    var columns: UnsafeRawPointer { UnsafeRawPointer(rows) + (count + 1) / 2 * 8 }

    /// Asks for the memory of some attribute columns.
    package func prefetch(columns used: [Int], shape: RecordShape) {
        ColumnBuffer.prefetch(columns, shape: shape, count: count, used: used)
    }

    /// Bytes of codes and corrections, which lie one after the other.
    package var codeSize: Int {
        UnsafeRawPointer(rows) - UnsafeRawPointer(codes.codes)
    }

    /// - Parameter start: a value that has been checked and has `count` entries of this shape.
    @inline(__always)
    init(at start: UnsafeRawPointer, _ shape: BlockShape, count: Int) {
        let codes = start + AlignedValue.headerSize
        let alphas = codes + shape.codeSize(count: count)
        let betas = alphas + shape.correctionSize(count: count)
        self.codes = CodeBlock(
            codes: codes.assumingMemoryBound(to: UInt8.self),
            alphas: alphas.assumingMemoryBound(to: Float.self),
            betas: betas.assumingMemoryBound(to: Float.self), count: count)
        rows = shape.rows(ofBlockAt: start, count: count)
    }
}
