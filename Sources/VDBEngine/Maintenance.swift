internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

extension Engine {
    /// Does all work that is due: checkpoint, and a build where it pays or `isFull` asks for it.
    package func maintain(isFull: Bool, observer: EngineObserver?) throws(EngineError) {
        observer?("checkpoint", 0)
        try checkpoint()
        try trainDictionaryIfDue()
        try indexAttributes(leaving: 0)
        observer?("checkpoint", 1)
        let canBuild = snapshot.liveCount >= Self.smallestBuild
        if isBuildDue || (isFull && canBuild) {
            try build(isFresh: isFull, observer: observer)
        }
        try maintainLists(isFull ? .thorough : .usual, observer: observer)
    }

    /// Below so many rows there is nothing to learn.
    private static let smallestBuild = 256

    /// Whether the rows in the tables are enough for an index, or new codebooks are worth their
    /// training.
    var isBuildDue: Bool {
        let stored = snapshot.stored
        let count = stored.rows.count - stored.dead.count
        guard let models = stored.models else { return count >= trainingThreshold }
        // An earlier release built it: searches go twice as fast in lists of today's kind.
        if models.isCosineOfProducts, count >= Self.smallestBuild { return true }
        return RetrainingRule.isDue(
            liveCount: count, calibration: models.calibration, drift: stored.drift)
    }

    /// Exact search over 2 MiB takes about as long as a search through a small index.
    private var trainingThreshold: Int {
        options.index.trainingThreshold ?? max(1024, (2 << 20) / shape.vectorSize)
    }

    /// Starts the thread that checkpoints and the thread that builds; read-only, the one that lets
    /// go of old states while nobody searches, lest they keep their pages from being used again.
    func startBackground() throws(EngineError) {
        guard log != nil else {
            return try calling { () throws(SystemFailure) in
                try background.start(name: "vdb-follow", idleSeconds: 0.5) { [weak self] in
                    guard let self else { return false }
                    // An error meets the next caller too.
                    try? self.follow()
                    return true
                }
            }
        }
        let checkpointing = CheckpointSchedule(options.checkpoint)
        let buildDelay = RetryDelay(firstSeconds: 10, longestSeconds: 600)
        try calling { () throws(SystemFailure) in
            try background.start(name: "vdb-checkpoint", idleSeconds: 0.05) { [weak self] in
                guard let self else { return false }
                self.checkpointIfDue(checkpointing)
                return true
            }
            guard options.maintenance.isAutomatic else { return }
            try background.start(name: "vdb-maintain", idleSeconds: 0.1) { [weak self] in
                guard let self else { return false }
                self.maintainIfDue(buildDelay)
                return true
            }
        }
    }

    private func checkpointIfDue(_ schedule: CheckpointSchedule) {
        let position = snapshot.position
        let (load, applied) = writer.read { ($0.pending, $0.applied) }
        // An error has poisoned the handle by now and meets the next caller that writes.
        _ = try? log?.syncIfDue(nowSeconds: Platform.monotonicSeconds)
        guard position > applied, schedule.isDue(load, position: position.rawValue) else { return }
        do throws(EngineError) {
            try checkpoint()
            schedule.hasSucceeded()
        } catch {
            schedule.hasFailed()
        }
    }

    /// One step, if the budget allows it and no writer is in need of the tables.
    private func maintainIfDue(_ delay: RetryDelay) {
        let isRefused = writer.read { writeRefusal($0) != nil }
        let isBusy = writer.read { $0.pending.reaches(options.checkpoint) }
        let transaction = snapshot.stored.transactionID
        guard !isRefused, !isBusy, delay.isOver,
            maintenancePace.isDue(transaction: transaction)
        else { return }
        let start = Platform.monotonicSeconds
        do throws(EngineError) {
            try trainDictionaryIfDue()
            if isBuildDue { try build(observer: nil) }
            if try maintenanceStep() {
                maintenancePace.hasWorked(since: start)
            } else {
                maintenancePace.hasIdled(transaction: snapshot.stored.transactionID)
            }
            delay.end()
        } catch {
            // There was no room; or it has poisoned the handle and meets the next caller.
            delay.extend()
        }
    }

    /// Removes what an interrupted build, or a generation that was replaced, left in the tables,
    /// but for the models of a build that did not finish.
    func removeLeftovers() throws(EngineError) {
        try storing { () throws(StorageError) in
            while try removeSomeLeftovers() {}
        }
    }

    /// One bounded transaction; false when nothing is left.
    private func removeSomeLeftovers() throws(StorageError) -> Bool {
        try tables.update { (_) throws(StorageError) in
            let stored = snapshot.stored
            let left = try environment.read { (access) throws(StorageError) in
                try Leftovers(
                    besides: GenerationInForce(stored, keepsBegun: true), limit: 4096, access)
            }
            guard !left.isEmpty else { return false }
            let transaction = try environment.beginWrite()
            try left.remove(transaction)
            try transaction.commit()
            try adoptStored(
                try StoredState(
                    environment: environment, shape: shape, earlier: stored, changedLists: []))
            return true
        }
    }
}
