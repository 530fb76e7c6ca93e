/// Recall and the time of a search, as a curve.
///
/// Recall is drawn by what is missing to 1, in powers of ten, for there the differences are.
struct CurveChart {
    private let svg: SVG

    var element: String { svg.element }
    var standalone: String { svg.standalone }

    private static let size = (width: 680.0, height: 360.0)
    private static let margin = (left: 64.0, right: 24.0, top: 28.0, bottom: 48.0)
    /// Where a recall of 1 is drawn.
    private static let leastMissing = 0.0005
    private static let recallTicks = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1]

    /// - Parameter count: the matches that each query asked for.
    init(_ curve: Curve, count: Int) {
        let title = "Recall@\(count) and time of a search"
        var svg = SVG(width: Self.size.width, height: Self.size.height, title: title)
        let points = curve.points.map(\.measured)
        let times = points.flatMap { [$0.latency(0.5), $0.latency(0.95)] }.filter { $0 > 0 }
        let ticks = Ticks.logarithmic(from: times.min() ?? 1, to: times.max() ?? 10)
        let least = points.map(\.recall).min() ?? 0.5
        let first =
            Self.recallTicks.last { $0 <= least } ?? max(0, (least * 10).rounded(.down) / 10)

        func x(_ recall: Double) -> Double {
            let scale = { -System.logarithm(max(1 - $0, Self.leastMissing)) }
            let (from, to) = (scale(first), scale(1))
            let width = Self.size.width - Self.margin.left - Self.margin.right
            return Self.margin.left + (scale(recall) - from) / max(to - from, 1e-9) * width
        }
        func y(_ microseconds: Double) -> Double {
            let (from, to) = (System.logarithm(ticks[0]), System.logarithm(ticks[ticks.count - 1]))
            let height = Self.size.height - Self.margin.top - Self.margin.bottom
            let share = (System.logarithm(max(microseconds, ticks[0])) - from) / (to - from)
            return Self.size.height - Self.margin.bottom - share * height
        }

        let bottom = Self.size.height - Self.margin.bottom
        let right = Self.size.width - Self.margin.right
        for tick in ticks {
            svg.line(Self.margin.left, y(tick), right, y(tick))
            svg.text(Self.margin.left - 8, y(tick) + 4, Ticks.text(tick), .end)
        }
        for tick in Self.recallTicks where tick >= first {
            svg.line(x(tick), Self.margin.top, x(tick), bottom)
            svg.text(x(tick), bottom + 18, Ticks.text(tick), .middle)
        }
        svg.line(Self.margin.left, bottom, right, bottom, "axis")
        svg.text(Self.margin.left, 16, "microseconds", .start)
        svg.text(right, 16, "half of the searches (line), 95 % (dashed)", .end)
        svg.text(right, Self.size.height - 10, "recall@\(count)", .end)
        svg.path(points.map { (x($0.recall), y($0.latency(0.95))) }, "faint")
        svg.path(points.map { (x($0.recall), y($0.latency(0.5))) }, "curve")
        for point in curve.points {
            let measured = point.measured
            svg.circle(
                x(measured.recall), y(measured.latency(0.5)), 4,
                tip: "asked \(point.name): recall \(fixed(measured.recall, 4)), "
                    + "\(fixed(measured.latency(0.5), 0)) µs")
        }
        self.svg = svg
    }
}
