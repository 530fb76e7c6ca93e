import VectorDB

/// Drift over time: one strip for each figure, all over the same time.
struct DriftChart {
    let element: String

    /// One line in a strip.
    private struct Line: Sendable {
        let name: String
        /// How it is drawn: a class of the style sheet.
        let style: String
        let value: @Sendable (Statistics.DriftPoint) -> Double
    }

    private struct Strip: Sendable {
        let lines: [Line]
        /// What is drawn at least.
        let shown: ClosedRange<Double>
    }

    private static let strips = [
        Strip(
            lines: [Line(name: "live records", style: "curve") { Double($0.liveCount) }],
            shown: 0...1),
        Strip(
            lines: [Line(name: "lists", style: "curve") { Double($0.listCount) }],
            shown: 0...1),
        Strip(
            lines: [
                Line(name: "error to the centroid", style: "faint") { $0.centroidShift },
                Line(name: "error of the codes, in training 1", style: "curve") {
                    $0.quantizationShift
                },
            ], shown: 0.8...1.2),
        Strip(
            lines: [Line(name: "spread of the lists' sizes", style: "curve") { $0.listSizeSpread }],
            shown: 0...0.5),
        Strip(
            lines: [Line(name: "share of dead rows", style: "curve") { $0.deadShare }],
            shown: 0...0.1),
    ]
    private static let width = 680.0
    private static let margin = (left: 64.0, right: 24.0, bottom: 40.0)
    private static let stripHeight = 104.0
    /// Of a strip, above what is drawn: its name.
    private static let headHeight = 26.0

    /// - Parameter points: at least one, in the order of time.
    init(_ points: [Statistics.DriftPoint]) {
        let height = Double(Self.strips.count) * Self.stripHeight + Self.margin.bottom
        var svg = SVG(width: Self.width, height: height, title: "Drift over time")
        let times = points.map(\.timeMicroseconds)
        let axis = TimeAxis(
            from: times.first ?? 0, to: times.last ?? 0,
            left: Self.margin.left, right: Self.width - Self.margin.right)
        for (index, strip) in Self.strips.enumerated() {
            let top = Double(index) * Self.stripHeight
            Self.draw(strip, points, axis, top: top, in: &svg)
        }
        let bottom = height - Self.margin.bottom
        for tick in axis.ticks {
            svg.text(axis.x(tick.timeMicroseconds), bottom + 18, tick.text, .middle)
        }
        svg.text(Self.width - Self.margin.right, bottom + 36, "UTC", .end)
        element = svg.element
    }

    private static func draw(
        _ strip: Strip, _ points: [Statistics.DriftPoint], _ axis: TimeAxis, top: Double,
        in svg: inout SVG
    ) {
        let (left, right) = (margin.left, width - margin.right)
        let (upper, lower) = (top + headHeight, top + stripHeight - 8)
        let values = strip.lines.flatMap { line in points.map(line.value) }
        // Down to a round number: of shifts the differences matter, not how far they are from 0.
        let lowest =
            min((values.min() ?? 0) * 5, strip.shown.lowerBound * 5).rounded(.down) / 5
        let greatest = max(values.max() ?? 0, strip.shown.upperBound)
        let ticks = Ticks.linear(upTo: greatest - lowest, count: 3).map { $0 + lowest }
        let highest = ticks[ticks.count - 1]
        func y(_ value: Double) -> Double {
            lower - (value - lowest) / (highest - lowest) * (lower - upper)
        }
        for tick in ticks {
            svg.line(left, y(tick), right, y(tick), tick == lowest ? "axis" : "grid")
            svg.text(left - 8, y(tick) + 4, Ticks.text(tick), .end)
        }
        // Where other models came into force, on what there was then.
        for (before, after) in zip(points, points.dropFirst())
        where before.generation != after.generation {
            let x = axis.x(after.timeMicroseconds)
            svg.line(x, upper, x, lower, "training")
        }
        for (index, line) in strip.lines.reversed().enumerated() {
            let places = points.map { (axis.x($0.timeMicroseconds), y(line.value($0))) }
            // A single point is a line of no length: a dot shows it.
            svg.path(places, line.style)
            svg.text(
                index == 0 ? left : right, top + 16, line.name, index == 0 ? .start : .end,
                line.style == "curve" ? "main" : "second")
        }
        for point in points {
            let time = AttributeValue.timestamp(point.timeMicroseconds).text
            for line in strip.lines {
                svg.circle(
                    axis.x(point.timeMicroseconds), y(line.value(point)), 2,
                    tip: "\(time): \(Ticks.text(line.value(point)))",
                    line.style == "curve" ? "dot" : "seconddot")
            }
        }
    }
}
