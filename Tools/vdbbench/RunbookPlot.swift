/// Recall over the steps of a runbook, as a picture: the stream's in blue, that of indexes built
/// anew in grey.
struct RunbookPlot {
    let points: [RunbookRun.Point]

    private static let width = 640.0
    private static let height = 320.0
    private static let margin = 48.0

    /// The whole SVG file.
    var text: String {
        let fresh = points.compactMap(\.freshRecall)
        let least = (points.map(\.recall) + fresh).min() ?? 0
        let lower = max(0, (least * 20).rounded(.down) / 20)
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) "
                + "\(Int(Self.height))\" font-family=\"sans-serif\" font-size=\"11\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
        ]
        for tick in 0...4 {
            let value = lower + (1 - lower) * Double(tick) / 4
            let y = place(value, lower)
            lines.append(
                "<line x1=\"\(Self.margin)\" x2=\"\(Self.width - 8)\" y1=\"\(y)\" y2=\"\(y)\" "
                    + "stroke=\"#ddd\"/><text x=\"4\" y=\"\(y + 4)\">\(shown(value))</text>")
        }
        if fresh.count == points.count { lines.append(line(fresh, lower, colour: "#999")) }
        lines.append(line(points.map(\.recall), lower, colour: "#15c"))
        lines.append(
            "<text x=\"\(Self.margin)\" y=\"\(Self.height - 8)\">recall@10 by step, "
                + "\(points.first?.step ?? 0) … \(points.last?.step ?? 0); grey: built anew"
                + "</text></svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    private func place(_ value: Double, _ lower: Double) -> Double {
        let span = Self.height - 2 * Self.margin
        return Self.height - Self.margin - span * (value - lower) / max(1 - lower, 1e-9)
    }

    private func line(_ values: [Double], _ lower: Double, colour: String) -> String {
        let step = (Self.width - Self.margin - 16) / Double(max(values.count - 1, 1))
        let path = values.enumerated().map { index, value in
            "\(rounded(Self.margin + Double(index) * step, digits: 5)),"
                + "\(rounded(place(value, lower), digits: 5))"
        }
        return "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\""
            + path.joined(separator: " ") + "\"/>"
    }
}
