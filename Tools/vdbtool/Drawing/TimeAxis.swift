import VectorDB

/// Times along an axis, with ticks at round ones.
struct TimeAxis {
    struct Tick {
        let timeMicroseconds: Int64
        let text: String
    }

    let ticks: [Tick]
    private let first: Int64
    private let last: Int64
    private let left: Double
    private let right: Double

    private static let second: Int64 = 1_000_000
    private static let day = 86_400 * second
    /// From a second to ten years.
    private static let steps: [Int64] =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200]
        .map { $0 * second }
        + [1, 2, 5, 10, 20, 50, 100, 200, 365, 730, 1825, 3650].map { $0 * day }

    init(from first: Int64, to last: Int64, left: Double, right: Double) {
        (self.first, self.last, self.left, self.right) = (first, last, left, right)
        let span = max(last - first, Self.second)
        let step = Self.steps.first { span / $0 <= 5 } ?? span
        var ticks: [Tick] = []
        // Down to a multiple, also before 1970, then up to the first that is shown.
        var time = first - ((first % step) + step) % step
        while time <= last {
            if time >= first {
                ticks.append(
                    Tick(timeMicroseconds: time, text: Self.text(time, step: step, span: span)))
            }
            time += step
        }
        // Nothing round may lie within.
        if ticks.isEmpty {
            ticks = [
                Tick(timeMicroseconds: first, text: Self.text(first, step: step, span: span))
            ]
        }
        self.ticks = ticks
    }

    /// Where a time is; the middle if all times are one.
    func x(_ time: Int64) -> Double {
        guard last > first else { return (left + right) / 2 }
        return left + Double(time - first) / Double(last - first) * (right - left)
    }

    /// As much of a time as tells it from its neighbours.
    private static func text(_ time: Int64, step: Int64, span: Int64) -> String {
        let text = AttributeValue.timestamp(time / second * second).text
        // Like 2026-11-28T00:31:00Z.
        let parts = text.split(separator: "T")
        guard parts.count == 2 else { return text }
        let clock = parts[1].prefix(step < 60 * second ? 8 : 5)
        if step >= day { return String(parts[0]) }
        return span > day ? "\(parts[0].suffix(5)) \(clock)" : String(clock)
    }
}
