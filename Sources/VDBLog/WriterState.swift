internal import VDBPrimitives

/// What the threads that use a `LogWriter` share, behind its lock.
struct WriterState: Sendable {
    var active: ActiveSegment
    var older: [Segment]
    var pending = PendingFrames()
    /// The last record that was given a position.
    var appended: LogPosition
    /// The last record that the operating system has.
    var written: LogPosition
    /// The last record that is durable.
    var synced: LogPosition
    /// Whether some thread has a turn; `active` is its own meanwhile.
    var hasLeader = false
    var phase = Phase.open
    var lastSyncSeconds = -Double.infinity
    var gathering = Gathering()
    var groupCount = 0
    var syncCount = 0

    enum Phase: Sendable {
        case open
        /// Records after `written` were taken back; nobody may go on before `resume`.
        case takenBack(SystemFailure)
        case poisoned(SystemFailure)
        case closed
    }

    /// How far a record must have come.
    enum Level: Sendable {
        case written
        case synced
    }

    init(_ opened: OpenedLog) {
        active = opened.active
        older = opened.older
        appended = opened.report.last
        written = opened.report.last
        synced = opened.report.last
    }

    func reached(_ level: Level) -> LogPosition { level == .written ? written : synced }

    /// Why nothing can be appended; nil if it can.
    func refusal(_ path: String) -> LogError? {
        switch phase {
        case .open: nil
        case .takenBack(let cause): .takenBack(cause, keptThrough: written)
        case .poisoned(let cause): .poisoned(cause)
        case .closed: .closed(path)
        }
    }

    /// Whether files may still be touched.
    var isUsable: Bool {
        switch phase {
        case .open, .takenBack: true
        case .poisoned, .closed: false
        }
    }

    /// Gives the caller the lead, with all that waits.
    mutating func takeTurn(
        makesDurable: Bool, ending: LeaderTurn.Ending = .none
    ) -> LeaderTurn {
        precondition(!hasLeader, "two leaders, at record \(appended)")
        hasLeader = true
        let frames = pending
        pending = PendingFrames()
        return LeaderTurn(
            active: active, frames: frames, last: appended, written: written, synced: synced,
            makesDurable: makesDurable, ending: ending)
    }

    /// Takes the lead back.
    mutating func finish(_ turn: LeaderTurn, _ failure: WriteFailure?) {
        hasLeader = false
        gathering.note(turn, pendingCount: pending.count)
        active = turn.active
        older += turn.retired
        written = turn.written
        synced = turn.synced
        groupCount += turn.frames.isEmpty ? 0 : 1
        syncCount += turn.syncCount
        switch failure {
        case nil:
            if case .mark = turn.ending, isUsable { phase = .closed }
        case .takenBack(let cause):
            // If it was not the frames that failed, all is as it was.
            guard turn.written < turn.last else { return }
            // Those that came meanwhile stand behind those that failed: they go too.
            phase = .takenBack(cause)
            pending = PendingFrames()
            appended = written
        case .fatal(let cause):
            phase = .poisoned(cause)
            pending = PendingFrames()
        }
    }
}
