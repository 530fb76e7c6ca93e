internal import VDBPrimitives

/// How long to wait before something that failed for want of room is tried again: twice as long
/// after each failure.
final class RetryDelay: Sendable {
    private let firstSeconds: Double
    private let longestSeconds: Double
    private let current = Monitor<(untilSeconds: Double, seconds: Double)>((0, 0))

    init(firstSeconds: Double, longestSeconds: Double) {
        self.firstSeconds = firstSeconds
        self.longestSeconds = longestSeconds
    }

    var isOver: Bool { current.read { Platform.monotonicSeconds >= $0.untilSeconds } }

    func extend() {
        current.update { current in
            current.seconds = min(max(firstSeconds, current.seconds * 2), longestSeconds)
            current.untilSeconds = Platform.monotonicSeconds + current.seconds
        }
    }

    func end() { current.update { $0 = (0, 0) } }
}
