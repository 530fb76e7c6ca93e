/// Recall against speed as an SVG picture.
struct CurvePlot {
    /// A named line.
    struct Line {
        let name: String
        /// By rising recall.
        let points: [(recall: Double, speed: Double)]
    }

    let title: String
    let lines: [Line]

    private static let (width, height) = (860.0, 520.0)
    private static let (left, right, top, bottom) = (70.0, 200.0, 40.0, 50.0)
    private static let colours = ["#d62728", "#1f77b4", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b"]

    /// The picture; both scales fit the points, that of speed is logarithmic.
    var svg: String {
        let points = lines.flatMap(\.points)
        guard let least = points.map(\.recall).min(), let slowest = points.map(\.speed).min(),
            let fastest = points.map(\.speed).max()
        else { return "<svg xmlns=\"http://www.w3.org/2000/svg\"/>" }
        let scale = Scale(
            recall: (least * 20).rounded(.down) / 20, low: decimalLogarithm(slowest) - 0.05,
            high: decimalLogarithm(fastest) + 0.05)
        var parts = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 520\" "
                + "font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"860\" height=\"520\" fill=\"white\"/>",
            "<text x=\"70\" y=\"24\" font-size=\"15\">\(Self.escaped(title))</text>",
        ]
        parts += grid(scale)
        for (number, line) in lines.enumerated() { parts += drawn(line, number, scale) }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    /// Where points lie in the picture.
    private struct Scale {
        /// The recall at the left edge; 1 is at the right.
        let recall: Double
        let low: Double
        let high: Double

        func x(_ value: Double) -> Double {
            let share = recall < 1 ? (value - recall) / (1 - recall) : 0.5
            return left + share * (width - left - right)
        }

        func y(_ speed: Double) -> Double {
            top + (high - decimalLogarithm(speed)) / (high - low) * (height - top - bottom)
        }
    }

    private func grid(_ scale: Scale) -> [String] {
        var parts: [String] = []
        for step in 0...5 {
            let recall = scale.recall + (1 - scale.recall) * Double(step) / 5
            let x = scale.x(recall)
            parts.append(Self.line(x, Self.top, x, Self.height - Self.bottom, "#ddd", 1))
            parts.append(
                Self.text(x, Self.height - Self.bottom + 18, shown(recall), anchor: "middle"))
        }
        var power = 1e-3
        while power < 1e12 {
            for digit in [1.0, 2, 5] {
                let speed = digit * power
                let logarithm = decimalLogarithm(speed)
                guard logarithm >= scale.low, logarithm <= scale.high else { continue }
                let y = scale.y(speed)
                parts.append(Self.line(Self.left, y, Self.width - Self.right, y, "#ddd", 1))
                parts.append(Self.text(Self.left - 6, y + 4, shown(speed), anchor: "end"))
            }
            power *= 10
        }
        parts.append(
            Self.text(
                (Self.left + Self.width - Self.right) / 2, Self.height - 12, "recall",
                anchor: "middle"))
        parts.append(Self.text(Self.left, Self.top - 4, "queries per CPU-second", anchor: "start"))
        return parts
    }

    private func drawn(_ line: Line, _ number: Int, _ scale: Scale) -> [String] {
        let colour = Self.colours[number % Self.colours.count]
        let places = line.points.map { (scale.x($0.recall), scale.y($0.speed)) }
        let path = places.map { "\(Self.number($0.0)),\(Self.number($0.1))" }
            .joined(separator: " ")
        var parts = [
            "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>"
        ]
        for (x, y) in places {
            parts.append(
                "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"2.5\" "
                    + "fill=\"\(colour)\"/>")
        }
        let place = Self.top + 14 + 20 * Double(number)
        let edge = Self.width - Self.right
        parts.append(Self.line(edge + 16, place - 4, edge + 40, place - 4, colour, 2))
        parts.append(Self.text(edge + 46, place, line.name, anchor: "start"))
        return parts
    }

    private static func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, _ width: Int
    ) -> String {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" "
            + "y2=\"\(number(y2))\" stroke=\"\(colour)\" stroke-width=\"\(width)\"/>"
    }

    private static func text(
        _ x: Double, _ y: Double, _ text: String, anchor: String
    ) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">"
            + "\(escaped(text))</text>"
    }

    /// With one digit behind the point.
    private static func number(_ value: Double) -> String {
        ((value * 10).rounded() / 10).description
    }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }.joined()
    }
}

/// log₁₀ of a number above 0, by the series of the inverse hyperbolic tangent.
func decimalLogarithm(_ value: Double) -> Double {
    let ratio = (value.significand - 1) / (value.significand + 1)
    var term = ratio
    var sum = 0.0
    for power in stride(from: 1.0, through: 39, by: 2) {
        sum += term / power
        term *= ratio * ratio
    }
    let (naturalOfTwo, naturalOfTen) = (0.693_147_180_559_945_3, 2.302_585_092_994_046)
    return (Double(value.exponent) * naturalOfTwo + 2 * sum) / naturalOfTen
}
