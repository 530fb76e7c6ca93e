internal import VDBPrimitives

/// Seconds since its making, of a clock that never goes back.
struct Stopwatch: Sendable {
    private let start = Platform.monotonicSeconds

    var seconds: Double { Platform.monotonicSeconds - start }
}
