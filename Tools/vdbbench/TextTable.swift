/// Rows of cells as aligned text, numbers at the right of their column.
struct TextTable {
    private var rows: [[String]]

    init(header: [String]) { rows = [header] }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The lines, two spaces between the columns; the first column stands left.
    var lines: [String] {
        let columnCount = rows.map(\.count).max() ?? 0
        let widths = (0..<columnCount).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { cells in
            cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }
    }
}

/// A measured number for people: four digits, no exponent.
func shown(_ value: Double) -> String {
    let value = rounded(value, digits: 4)
    guard value.isFinite, abs(value) < 1e15 else { return value.description }
    return value == value.rounded() && abs(value) >= 1000
        ? String(Int64(value)) : value.description
}
