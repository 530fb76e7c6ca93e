package import VDBPrimitives

/// The cells of one physical column while they are being gathered.
package struct ColumnBuffer: Sendable, Hashable {
    package let width: CellWidth
    /// One a cell; 0 where null.
    package private(set) var cells: [UInt64] = []
    private var isNull: [Bool] = []
    private var nullCount = 0

    /// Bytes of a run before its validity or cells.
    static let headSize = 24
    static let maximumOffset = 8
    static let nullCountOffset = 16

    package init(width: CellWidth) { self.width = width }

    package var count: Int { cells.count }

    package subscript(index: Int) -> UInt64? {
        get { isNull[index] ? nil : cells[index] }
        set {
            nullCount += (newValue == nil ? 1 : 0) - (isNull[index] ? 1 : 0)
            cells[index] = newValue ?? 0
            isNull[index] = newValue == nil
        }
    }

    package mutating func append(_ cell: UInt64?) {
        cells.append(cell ?? 0)
        isNull.append(cell == nil)
        if cell == nil { nullCount += 1 }
    }

    package mutating func append(contentsOf view: ColumnView) {
        precondition(view.width == width, "cells of \(view.width) in a column of \(width)")
        for index in 0..<view.count { append(view[index]) }
    }

    /// The cells `range`, as a column of its own.
    package func slice(_ range: Range<Int>) -> ColumnBuffer {
        var result = ColumnBuffer(width: width)
        for index in range { result.append(self[index]) }
        return result
    }

    /// Writes the column as `Formats/lists.md`, "Column runs", says.
    package func encode(into writer: inout ByteWriter) {
        var minimum = UInt64.max
        var maximum = UInt64.min
        for (index, cell) in cells.enumerated() where !isNull[index] {
            minimum = min(minimum, cell)
            maximum = max(maximum, cell)
        }
        writer.write(nullCount == count ? 0 : minimum)
        writer.write(nullCount == count ? 0 : maximum)
        writer.write(UInt32(nullCount))
        writer.write(width.rawValue)
        writer.write([UInt8](repeating: 0, count: 3))
        if nullCount > 0 {
            var words = [UInt64](repeating: 0, count: (count + 63) / 64)
            for index in 0..<count where !isNull[index] {
                words[index >> 6] |= 1 << UInt64(index & 63)
            }
            writer.write(contentsOf: words)
        }
        switch width {
        case .one: writer.write(contentsOf: cells.map { UInt8(truncatingIfNeeded: $0) })
        case .four: writer.write(contentsOf: cells.map { UInt32(truncatingIfNeeded: $0) })
        case .eight: writer.write(contentsOf: cells)
        }
        writer.write([UInt8](repeating: 0, count: -(count * width.size) & 7))
    }

    /// A view of a column run in place; the record must lie at an 8-aligned address.
    package static func view(
        _ reader: inout ByteReader, width: CellWidth, count: Int
    ) throws(DecodingFailure) -> ColumnView {
        let minimum = try reader.read(UInt64.self)
        let maximum = try reader.read(UInt64.self)
        let nullCount = Int(try reader.read(UInt32.self))
        let stored = try reader.read(UInt8.self)
        guard stored == width.rawValue else {
            throw .inconsistent(
                "a column of \(stored)-byte cells, the schema says \(width.rawValue)")
        }
        for _ in 0..<3 { _ = try reader.read(UInt8.self) }
        guard nullCount <= count else {
            throw .inconsistent("\(nullCount) nulls in \(count) cells")
        }
        var validity: UnsafePointer<UInt64>?
        if nullCount > 0 {
            validity = try reader.readBytes((count + 63) / 64 * 8).baseAddress?
                .assumingMemoryBound(to: UInt64.self)
        }
        let cells = try reader.readBytes((count * width.size + 7) & ~7)
        guard let start = cells.baseAddress else {
            throw .inconsistent("a column without cells")
        }
        return ColumnView(
            width: width, cells: start, validity: validity,
            summary: ColumnSummary(
                minimum: minimum, maximum: maximum, count: count, nullCount: nullCount))
    }

    /// Views of all columns of a record.
    package static func views(
        _ reader: inout ByteReader, shape: RecordShape, count: Int
    ) throws(DecodingFailure) -> [ColumnView] {
        var views: [ColumnView] = []
        views.reserveCapacity(shape.columns.count)
        for width in shape.columns {
            views.append(try view(&reader, width: width, count: count))
        }
        return views
    }
}
