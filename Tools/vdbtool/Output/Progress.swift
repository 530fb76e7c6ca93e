internal import Synchronization
internal import VDBPrimitives

/// How far a long work has come, on standard error: a bar at a terminal, else now and then a line.
final class Progress: Sendable {
    enum Style: Sendable, Hashable {
        case none
        /// A line every five seconds.
        case lines
        /// One line that is drawn anew at most ten times a second.
        case bar(width: Int)

        var intervalSeconds: Double {
            switch self {
            case .none: .infinity
            case .lines: 5
            case .bar: 0.1
            }
        }
    }

    private struct State {
        var lastShown: Double
        var hasDrawn = false
    }

    private let verb: String
    private let unit: String
    private let total: Int?
    private let style: Style
    private let start: Double
    private let write: @Sendable (String) -> Void
    /// Guards when and what was drawn last, while a line is written: reports come from any thread.
    private let state: Mutex<State>

    init(
        _ verb: String, unit: String, total: Int?, style: Style, now: Double,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.verb = verb
        self.unit = unit
        self.total = total
        self.style = style
        self.start = now
        self.write = write
        state = Mutex(State(lastShown: now))
    }

    /// So many are done; shown if it is time to.
    func report(_ done: Int, now: Double = Platform.monotonicSeconds) {
        show(now: now) { counted(done, seconds: now - start) }
    }

    /// A share between 0 and 1 of a named step is done; shown if it is time to.
    func report(step: String, share: Double, now: Double = Platform.monotonicSeconds) {
        show(now: now) { bar(share) + "\(step) \(percent(share)), \(duration(now - start))" }
    }

    /// Takes the bar away.
    func finish() {
        state.withLock { state in
            if state.hasDrawn, case .bar = style { write("\r\u{1B}[K") }
            state.hasDrawn = false
        }
    }

    private func show(now: Double, _ text: () -> String) {
        guard style != .none else { return }
        state.withLock { state in
            guard now - state.lastShown >= style.intervalSeconds else { return }
            state.lastShown = now
            state.hasDrawn = true
            switch style {
            case .none: break
            case .lines: write("vdbtool: \(verb): \(text())\n")
            case .bar(let width):
                let line = "\(verb) \(text())".prefix(max(1, width - 1))
                write("\r\(line)\u{1B}[K")
            }
        }
    }

    private func counted(_ done: Int, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(done) / seconds : 0
        let speed = "\(Int(rate))/s"
        guard let total, total > 0 else {
            return "\(done) \(unit), \(speed), \(duration(seconds))"
        }
        let share = min(1, Double(done) / Double(total))
        let left = rate > 0 ? "\(duration(Double(max(0, total - done)) / rate)) left" : ""
        let parts = ["\(done) of \(total) \(unit)", percent(share), speed, left]
        return bar(share) + parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// The drawn bar, where there is a terminal with room for it.
    private func bar(_ share: Double) -> String {
        guard case .bar(let width) = style, width >= 72 else { return "" }
        let length = 20
        let filled = Int((min(max(share, 0), 1) * Double(length)).rounded(.down))
        return "[" + String(repeating: "#", count: filled)
            + String(repeating: ".", count: length - filled) + "] "
    }

    private func percent(_ share: Double) -> String { "\(Int(share * 100)) %" }
}

/// Seconds as people say them: `0:07`, `12:30`, `1:02:03`.
func duration(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e9).rounded())
    func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let end = padded(whole % 60)
    return hours > 0 ? "\(hours):\(padded(minutes)):\(end)" : "\(minutes):\(end)"
}
