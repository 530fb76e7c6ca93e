/// Rows of cells as aligned text; numbers stand at the right of their column.
struct TextTable {
    enum Alignment: Sendable, Hashable {
        case left, right
    }

    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// - Parameter header: the first row; empty for none.
    init(header: [String] = [], alignments: [Alignment]) {
        self.alignments = alignments
        if !header.isEmpty { rows.append(header) }
    }

    /// Adds a row of at most as many cells as there are columns.
    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The lines, two spaces between the columns and none at the ends.
    var lines: [String] {
        let widths = alignments.indices.map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                if column > 0 { line += "  " }
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += alignments[column] == .right ? space + cell : cell + space
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

/// A number with `places` digits after the point.
func fixed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return value.description }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let digits = String(Int64((abs(value) * scale).rounded()))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = value < 0 && padded.contains { $0 != "0" } ? "-" : ""
    guard places > 0 else { return sign + padded }
    return sign + padded.dropLast(places) + "." + padded.suffix(places)
}

/// Bytes as people say them: `512 B`, `1.5 KiB`, `47.0 MiB`.
func byteText(_ count: Int) -> String {
    var value = Double(count)
    var unit = "B"
    for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
        value /= 1024
        unit = larger
    }
    return unit == "B" ? "\(count) B" : "\(fixed(value, 1)) \(unit)"
}
