internal import VDBPrimitives

extension LogWriter {
    /// Removes the segments all of whose records are below `position`.
    ///
    /// If that is true of every record there is, a new segment is begun first, so that the last
    /// one can go as well; if there is no room for it, the last one stays. To be called when what
    /// is below is durable elsewhere, also after `LogError.takenBack`: it makes room. Appending and
    /// syncing go on meanwhile. One removal at a time; a segment that cannot be removed is an
    /// error, and left for the next time.
    package func removeSegments(below position: LogPosition) throws(LogError) {
        try systemCall(try store.confirmPlace())
        try beginSegmentIfAll(below: position)
        let removable = monitor.quietly { state -> Result<[Segment], LogError> in
            if !state.isUsable, let error = state.refusal(store.path) { return .failure(error) }
            // A segment ends where the one after it begins.
            let firsts = state.older.map(\.first) + [state.active.header.first]
            let count = firsts.dropFirst().prefix { $0 <= position }.count
            defer { state.older.removeFirst(count) }
            return .success(Array(state.older.prefix(count)))
        }
        let segments = try removable.get()
        guard !segments.isEmpty else { return }
        // Oldest first: what remains after a failure has no gap.
        for (index, segment) in segments.enumerated() {
            do throws(SystemFailure) {
                try store.remove(segment.name)
            } catch {
                monitor.quietly { $0.older.insert(contentsOf: segments[index...], at: 0) }
                throw .system(error)
            }
        }
        do throws(SystemFailure) {
            try store.sync()
        } catch {
            monitor.update { $0.phase = .poisoned(error) }
            throw .poisoned(error)
        }
    }

    private func beginSegmentIfAll(below position: LogPosition) throws(LogError) {
        let turn = monitor.awaiting { state -> LeaderTurn?? in
            guard state.isUsable, position > state.appended, !state.active.isEmpty else {
                return .some(nil)
            }
            return state.hasLeader
                ? nil : state.takeTurn(makesDurable: true, ending: .newSegment)
        }
        if let turn, case .fatal(let cause) = lead(turn) { throw .poisoned(cause) }
    }

    /// Where the log stands.
    package var status: LogStatus {
        monitor.read { state in
            LogStatus(
                appended: state.appended, written: state.written, synced: state.synced,
                first: state.older.first?.first ?? state.active.header.first,
                segmentCount: state.older.count + 1,
                size: state.older.reduce(state.active.size) { $0 + $1.size },
                groupCount: state.groupCount, syncCount: state.syncCount)
        }
    }
}

/// Where a log that is being written stands; for statistics, and to decide on checkpoints.
package struct LogStatus: Sendable, Hashable {
    /// The last record that was given a position.
    package let appended: LogPosition
    /// The last record that the operating system has.
    package let written: LogPosition
    /// The last record that is known to be durable.
    package let synced: LogPosition
    /// The first position of the oldest segment.
    package let first: LogPosition
    package let segmentCount: Int
    /// Bytes in all segments.
    package let size: Int
    /// Groups written since opening.
    package let groupCount: Int
    /// `fdatasync` calls for groups since opening.
    package let syncCount: Int
}
