internal import VDBPrimitives

/// Decides when the delta is worth a checkpoint; used by one thread.
final class CheckpointSchedule: Sendable {
    private let policy: CheckpointPolicy
    /// When the position was last another, and since when there has been something to move.
    private let seen = Monitor<(position: UInt64, changedSeconds: Double, sinceSeconds: Double?)>(
        (0, 0, nil))
    private let delay = RetryDelay(firstSeconds: 0.5, longestSeconds: 30)

    init(_ policy: CheckpointPolicy) { self.policy = policy }

    /// Whether what the log holds beyond the tables should be moved now.
    func isDue(_ load: CheckpointLoad, position: UInt64) -> Bool {
        let now = Platform.monotonicSeconds
        let isOld = seen.update { seen in
            if seen.position != position { (seen.position, seen.changedSeconds) = (position, now) }
            let since = seen.sinceSeconds ?? now
            seen.sinceSeconds = since
            return now - seen.changedSeconds >= policy.idleSeconds
                || now - since >= policy.longestSeconds
        }
        return (isOld || load.reaches(policy)) && delay.isOver
    }

    func hasSucceeded() {
        seen.update { $0.sinceSeconds = nil }
        delay.end()
    }

    /// There was no room; or it has poisoned the handle and meets the next caller that writes.
    func hasFailed() { delay.extend() }
}
