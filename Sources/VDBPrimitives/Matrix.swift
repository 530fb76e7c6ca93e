/// A row-major matrix of float32 in one contiguous array.
package struct Matrix: Sendable {
    package let columnCount: Int
    /// `rowCount × columnCount` values.
    package var values: [Float]

    package var rowCount: Int { columnCount == 0 ? 0 : values.count / columnCount }

    package init(rowCount: Int, columnCount: Int) {
        self.columnCount = columnCount
        values = [Float](repeating: 0, count: rowCount * columnCount)
    }

    package init(columnCount: Int, values: [Float]) {
        precondition(
            columnCount > 0 && values.count % columnCount == 0,
            "\(values.count) values in rows of \(columnCount)")
        self.columnCount = columnCount
        self.values = values
    }

    package subscript(row: Int, column: Int) -> Float {
        get { values[row * columnCount + column] }
        set { values[row * columnCount + column] = newValue }
    }

    /// The values of one row.
    package func row(_ index: Int) -> ArraySlice<Float> {
        values[index * columnCount..<(index + 1) * columnCount]
    }
}
