internal import VDBPrimitives

/// When the next step of background maintenance may begin.
///
/// After a step it rests as long as the budget asks; where there was nothing to do, longer and
/// longer until something is written.
final class MaintenancePace: Sendable {
    private struct State: Sendable {
        var isPaused = false
        var nextSeconds = 0.0
        var idleSeconds = MaintenancePace.firstIdleSeconds
        /// What the tables held when there was nothing to do.
        var idleTransaction: Int?
    }

    private static let firstIdleSeconds = 1.0
    private static let longestIdleSeconds = 30.0
    private let share: Double
    private let state = Monitor(State())

    /// - Parameter share: of the time that passes, 0 … 1.
    init(share: Double) { self.share = min(max(share, 0.001), 1) }

    func setPaused(_ isPaused: Bool) { state.update { $0.isPaused = isPaused } }

    /// - Parameter transaction: the number of the last transaction of the tables.
    func isDue(transaction: Int) -> Bool {
        state.read { state in
            guard !state.isPaused, Platform.monotonicSeconds >= state.nextSeconds else {
                return false
            }
            return state.idleTransaction != transaction
        }
    }

    /// Notes a step that began at `startSeconds` and did something.
    func hasWorked(since startSeconds: Double) {
        let now = Platform.monotonicSeconds
        state.update { state in
            state.nextSeconds = now + (now - startSeconds) * (1 / share - 1)
            state.idleSeconds = Self.firstIdleSeconds
            state.idleTransaction = nil
        }
    }

    /// Notes that there was nothing to do.
    func hasIdled(transaction: Int) {
        let now = Platform.monotonicSeconds
        state.update { state in
            state.nextSeconds = now + state.idleSeconds
            state.idleSeconds = min(2 * state.idleSeconds, Self.longestIdleSeconds)
            state.idleTransaction = transaction
        }
    }
}
