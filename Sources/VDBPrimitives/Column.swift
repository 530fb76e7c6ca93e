/// Bytes per cell of a physical column.
///
/// Attributes are stored as *cells*: unsigned little-endian integers of fixed width whose unsigned
/// order is the order of the attribute's values, so that ranges, minima and maxima need no types.
package enum CellWidth: UInt8, Sendable, Hashable, CaseIterable {
    case one = 1
    case four = 4
    case eight = 8

    package var size: Int { Int(rawValue) }

    /// The greatest cell.
    package var maximum: UInt64 { UInt64.max >> UInt64(64 - size * 8) }
}

/// The least and greatest cell of a run, and how many are null: enough to skip a run unseen.
package struct ColumnSummary: Sendable, Hashable {
    /// Over the cells that are not null; 0 if all are.
    package var minimum: UInt64
    package var maximum: UInt64
    package var count: Int
    package var nullCount: Int

    package init(minimum: UInt64, maximum: UInt64, count: Int, nullCount: Int) {
        self.minimum = minimum
        self.maximum = maximum
        self.count = count
        self.nullCount = nullCount
    }
}

/// A run of cells of one physical column, in place.
///
/// It does not own the memory: valid only as long as the snapshot, or the buffer, that gave it.
package struct ColumnView {
    package let width: CellWidth
    /// `count × width` bytes, little-endian, aligned to the width.
    package let cells: UnsafeRawPointer
    /// Bit i set: cell i is not null. Nil where no cell is null. `⌈count / 64⌉` words, 8-aligned.
    package let validity: UnsafePointer<UInt64>?
    package let summary: ColumnSummary

    package init(
        width: CellWidth, cells: UnsafeRawPointer, validity: UnsafePointer<UInt64>?,
        summary: ColumnSummary
    ) {
        self.width = width
        self.cells = cells
        self.validity = validity
        self.summary = summary
    }

    package var count: Int { summary.count }

    /// Cell `index`, or nil if it is null.
    package subscript(index: Int) -> UInt64? {
        precondition(index >= 0 && index < count, "cell \(index) of \(count)")
        if let validity, validity[index >> 6] >> UInt64(index & 63) & 1 == 0 { return nil }
        return switch width {
        case .one: UInt64(cells.load(fromByteOffset: index, as: UInt8.self))
        case .four:
            UInt64(UInt32(littleEndian: cells.load(fromByteOffset: index * 4, as: UInt32.self)))
        case .eight:
            UInt64(littleEndian: cells.load(fromByteOffset: index * 8, as: UInt64.self))
        }
    }
}

/// Where the keys of an attribute's index come from.
package enum IndexShape: Sendable, Hashable {
    /// The cells of a column.
    case column(Int, CellWidth)
    /// The places of a column of latitudes and the one behind it, of longitudes (`ZOrder`).
    case place(latitude: Int)

    /// The first of its columns.
    package var column: Int {
        switch self {
        case .column(let column, _), .place(let column): column
        }
    }

    /// The columns that a key is made from.
    package var columns: ClosedRange<Int> {
        switch self {
        case .column(let column, _): column...column
        case .place(let column): column...column + 1
        }
    }

    /// Bytes of a key.
    package var width: CellWidth {
        switch self {
        case .column(_, let width): width
        case .place: .eight
        }
    }
}

/// What the storage layers need to know of a schema: sizes, not meanings.
package struct RecordShape: Sendable, Hashable {
    package let dimension: Int
    package let element: ElementType
    package let metric: Metric
    /// Widths of the physical columns, in the order of the schema.
    package let columns: [CellWidth]
    /// What is indexed: one for each attribute.
    package let indexes: [IndexShape]

    /// - Parameter placeColumns: the columns of latitudes, each followed by that of longitudes.
    package init(
        dimension: Int, element: ElementType, metric: Metric, columns: [CellWidth],
        placeColumns: [Int] = []
    ) {
        self.dimension = dimension
        self.element = element
        self.metric = metric
        self.columns = columns
        var indexes: [IndexShape] = []
        for (column, width) in columns.enumerated() {
            if placeColumns.contains(column) {
                indexes.append(.place(latitude: column))
            } else if !placeColumns.contains(column - 1) {
                indexes.append(.column(column, width))
            }
        }
        self.indexes = indexes
    }

    /// Bytes of one stored vector.
    package var vectorSize: Int { element.vectorSize(dimension: dimension) }

    /// Bytes of one vector in a chunk that is stored in this type.
    package func storedSize(as stored: ElementType) -> Int {
        stored.vectorSize(dimension: dimension)
    }
}

/// A vector in place, in the element type that it is stored in, which may be narrower than the
/// schema's (`VectorChunk`).
package struct StoredVector {
    package let start: UnsafeRawPointer
    package let element: ElementType

    package init(start: UnsafeRawPointer, element: ElementType) {
        self.start = start
        self.element = element
    }
}

/// Vectors one after the other, as `StoredVector`.
package struct StoredVectors {
    package let start: UnsafeRawPointer
    package let count: Int
    package let element: ElementType

    package init(start: UnsafeRawPointer, count: Int, element: ElementType) {
        self.start = start
        self.count = count
        self.element = element
    }
}
