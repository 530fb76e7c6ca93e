internal import VDBPrimitives

/// Appends records to a log and makes them durable, for any number of threads.
///
/// A change is first appended, which gives it its position, and acknowledged when `sync` has
/// returned. Callers of `sync` share their writes and `fdatasync` calls (*group commit*): the
/// first becomes leader and does it for all that is appended by then, the others wait.
///
/// A failed write or sync poisons the writer; lack of room takes back what was not written yet:
/// see `resume`. A class, not a `~Copyable` handle, since many threads hold it. There must be
/// one per log at a time, which the owner of the database sees to.
package final class LogWriter: Sendable {
    /// What opening found, and did.
    package let recovery: LogRecovery
    /// What `sync` waits for.
    package let durability: Durability
    private let segmentSize: Int
    private let bufferSize: Int
    let store: any LogStore
    private let seed: UInt32
    /// Guards all that changes. Held for the copying of a record into the buffer at most: files
    /// are touched by the leader alone, without it.
    let monitor: Monitor<WriterState>

    /// Opens the log for writing, and cuts off a torn tail.
    ///
    /// The last segment is read as a whole; those before it are checked by their headers alone,
    /// since recovery reads their records with a `LogReader` in any case. It must have done so
    /// before the first append.
    ///
    /// - Parameters:
    ///   - segmentSize: the next group begins a new segment when this one has so many bytes.
    ///   - bufferSize: bytes that may wait in memory before `append` writes them itself; a
    ///     record that finds fewer is accepted whatever its size.
    ///   - applied: the position up to which everything is durable elsewhere. The log goes on
    ///     after it even if it ends before.
    package init(
        _ directory: LogDirectory, durability: Durability = .everyCommit,
        segmentSize: Int = 64 << 20, bufferSize: Int = 8 << 20, after applied: LogPosition
    ) throws(LogError) {
        precondition(segmentSize > 0, "segments of \(segmentSize) bytes")
        precondition(bufferSize > 0, "a buffer of \(bufferSize) bytes")
        let opened = try OpenedLog(directory, after: applied)
        recovery = opened.report
        monitor = Monitor(WriterState(opened))
        seed = directory.identity.checksumSeed
        store = directory.store
        self.durability = durability
        self.segmentSize = segmentSize
        self.bufferSize = bufferSize
    }

    /// Gives `payload` the next position; it is not acknowledged before `sync` has returned.
    ///
    /// Returns as soon as it is in memory; only if the buffer is full it is written first.
    package func append(_ payload: [UInt8]) throws(LogError) -> LogPosition {
        guard payload.count <= FrameHeader.payloadLimit else {
            throw .payloadTooLarge(size: payload.count, limit: FrameHeader.payloadLimit)
        }
        // Outside the lock: the position is not part of it yet.
        let checksum = crc32c(payload, seed: seed)
        while true {
            switch monitor.awaiting({ admit(payload, checksum, &$0) }) {
            case .accepted(let position, let completesGroup):
                if completesGroup { monitor.update { _ in } }
                return position
            case .refused(let error): throw error
            case .full(let turn): lead(turn)
            }
        }
    }

    /// Waits until the record at `position`, and so all before it, is safe in the sense of
    /// `durability`.
    ///
    /// Returns at once if it is already, whatever has failed since.
    package func sync(through position: LogPosition) throws(LogError) {
        try bring(.through(position), to: durability == .everyCommit ? .synced : .written)
    }

    /// Makes all that was appended durable now, whatever the durability.
    package func flush() throws(LogError) {
        try bring(.everything, to: .synced)
    }

    /// With `Durability.interval`: makes everything durable if the last time is so long ago.
    ///
    /// To be called by a background thread, several times per interval.
    ///
    /// - Parameter nowSeconds: of a clock that never goes back.
    /// - Returns: whether there was something to do.
    package func syncIfDue(nowSeconds: Double) throws(LogError) -> Bool {
        guard case .interval(let milliseconds) = durability else { return false }
        let isDue = monitor.quietly { state in
            guard state.synced < state.appended,
                nowSeconds - state.lastSyncSeconds >= Double(milliseconds) / 1000
            else { return false }
            state.lastSyncSeconds = nowSeconds
            return true
        }
        if isDue { try flush() }
        return isDue
    }

    /// Goes on after `LogError.takenBack`.
    ///
    /// Until then every append, and every sync of a record that was taken back, throws that
    /// error. To be called when no thread is between append and sync any more, and whatever was
    /// built on the records after `keptThrough` is undone: their positions are given again.
    package func resume() {
        monitor.update { state in
            if case .takenBack = state.phase { state.phase = .open }
        }
    }

    /// Makes everything durable, marks the end and refuses all further use.
    ///
    /// Closing again does nothing. A poisoned writer throws its cause; there is nothing to do
    /// then.
    package func close() throws(LogError) {
        let claim = monitor.awaiting { state -> Claim? in
            switch state.phase {
            case .closed: .done
            case .poisoned(let cause): .refused(.poisoned(cause))
            case .open, .takenBack:
                state.hasLeader
                    ? nil : .leader(state.takeTurn(makesDurable: true, ending: .mark))
            }
        }
        switch claim {
        case .done, .gatherer: return
        case .refused(let error): throw error
        case .leader(let turn):
            switch lead(turn) {
            case nil: return
            case .fatal(let cause): throw .poisoned(cause)
            case .takenBack(let cause):
                throw .takenBack(cause, keptThrough: monitor.read { $0.written })
            }
        }
    }
}

extension LogWriter {
    /// What became of an append.
    private enum Admission {
        /// With its position, and whether a leader has been waiting for it.
        case accepted(LogPosition, completesGroup: Bool)
        case refused(LogError)
        /// The buffer must be written first, by this caller.
        case full(LeaderTurn)
    }

    /// Puts a record into the buffer; nil: wait for the leader to empty it.
    private func admit(
        _ payload: [UInt8], _ checksum: UInt32, _ state: inout WriterState
    ) -> Admission? {
        if let error = state.refusal(store.path) { return .refused(error) }
        guard state.pending.size < bufferSize else {
            return state.hasLeader ? nil : .full(state.takeTurn(makesDurable: false))
        }
        let position = state.appended.next
        state.pending.append(
            FrameHeader(
                payloadSize: payload.count, payloadChecksum: checksum, position: position,
                synced: state.synced),
            payload: payload)
        state.appended = position
        return .accepted(
            position, completesGroup: state.gathering.isComplete(by: state.pending.count))
    }

    /// What a caller has to do.
    enum Claim {
        case done
        case refused(LogError)
        case leader(LeaderTurn)
        /// The lead, once others have come who are on their way.
        case gatherer
    }

    /// What is to be brought to a level.
    private enum Goal {
        case through(LogPosition)
        /// All that was appended when the call began.
        case everything
    }

    private func bring(_ goal: Goal, to level: WriterState.Level) throws(LogError) {
        let position =
            switch goal {
            case .through(let position): position
            case .everything: monitor.read { $0.appended }
            }
        while true {
            switch monitor.awaiting({ claim(position, level, &$0) }) {
            case .done: return
            case .refused(let error): throw error
            case .leader(let turn): lead(turn)
            case .gatherer: lead(gather())
            }
        }
    }

    /// Waits a moment for those who are about to append, then takes the lead with all that waits.
    private func gather() -> LeaderTurn {
        let patience = monitor.read { $0.gathering.patienceSeconds }
        _ = monitor.wait(timeoutSeconds: patience) { state in
            state.gathering.isComplete(by: state.pending.count) ? true : nil
        }
        return monitor.quietly { state in
            state.hasLeader = false
            return state.takeTurn(makesDurable: true)
        }
    }

    /// Nil: wait for the leader.
    private func claim(
        _ position: LogPosition, _ level: WriterState.Level, _ state: inout WriterState
    ) -> Claim? {
        if position <= state.reached(level) { return .done }
        if let error = state.refusal(store.path) { return .refused(error) }
        guard position <= state.appended else {
            return .refused(.notAppended(position, last: state.appended))
        }
        if state.hasLeader { return nil }
        if level == .synced, state.gathering.begin(with: state.pending.count) {
            state.hasLeader = true
            return .gatherer
        }
        return .leader(state.takeTurn(makesDurable: level == .synced))
    }

    /// Does a turn's work without the lock, then tells everybody.
    @discardableResult
    func lead(_ turn: LeaderTurn) -> WriteFailure? {
        var turn = turn
        var failure: WriteFailure?
        do throws(WriteFailure) {
            try turn.run(in: store, segmentSize: segmentSize)
        } catch {
            failure = error
        }
        monitor.update { $0.finish(turn, failure) }
        return failure
    }
}
