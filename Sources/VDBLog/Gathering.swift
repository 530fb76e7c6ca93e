/// How many records a leader may expect, so that groups do not fall apart.
///
/// Those whose records were synced come back with the next ones just after the first of those who
/// waited meanwhile has become leader: without patience two halves take turns, and each sync serves
/// one of them.
struct Gathering: Sendable {
    /// Waiting longer would cost more than another `fdatasync`.
    private static let longestSeconds = 0.002

    /// The last group's records and those that waited behind it.
    private var expectedCount = 0
    private var syncSeconds = 0.0
    private var isWaiting = false

    /// How long to wait for them.
    var patienceSeconds: Double { min(syncSeconds / 2, Self.longestSeconds) }

    /// A turn has ended, behind which so many records wait.
    mutating func note(_ turn: LeaderTurn, pendingCount: Int) {
        isWaiting = false
        guard turn.syncSeconds > 0 else { return }
        syncSeconds = turn.syncSeconds
        expectedCount = turn.frames.count + pendingCount
    }

    /// Whether it is worth waiting for more than the `count` records that are there.
    mutating func begin(with count: Int) -> Bool {
        isWaiting = count < expectedCount
        return isWaiting
    }

    /// Whether a leader waits, and `count` records are what it has been waiting for.
    func isComplete(by count: Int) -> Bool { isWaiting && count >= expectedCount }
}
