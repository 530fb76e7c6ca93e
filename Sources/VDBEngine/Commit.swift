internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Builds an operation, logs it, waits until it is durable and makes it visible.
    ///
    /// - Parameter build: fills the operation, or throws and changes nothing.
    func commit(
        _ build: (inout WriterState, inout Operation) throws(EngineError) -> Void
    ) throws(EngineError) {
        guard let log else { throw .readOnly(path: path) }
        guard let mark = try appended(to: log, build) else { return }
        do throws(LogError) {
            try log.sync(through: mark.position)
        } catch {
            try giveUp(error)
            throw .log(error)
        }
        publish(mark)
        announce(mark.position)
        try settle(leaving: 1)
    }

    /// What became of an attempt to append.
    private enum Attempt {
        case appended(WriterState.Mark)
        case nothingToDo
        /// The delta is far over its limits.
        case noRoom
    }

    /// Appends an operation as soon as the delta has room; nil if there is nothing to do.
    private func appended(
        to log: LogWriter,
        _ build: (inout WriterState, inout Operation) throws(EngineError) -> Void
    ) throws(EngineError) -> WriterState.Mark? {
        while true {
            let attempt: Attempt
            do throws(EngineError) {
                attempt = try writer.update { (state) throws(EngineError) in
                    if let refusal = writeRefusal(state) { throw refusal }
                    // Under the lock: however many callers come, one batch is over at most.
                    if isFull(state) { return .noRoom }
                    return try append(to: log, &state, build)
                }
            } catch {
                try settle(leaving: 0)
                throw error
            }
            switch attempt {
            case .appended(let mark): return mark
            case .nothingToDo: return nil
            case .noRoom: try makeRoom()
            }
        }
    }

    /// Builds an operation, logs and applies it.
    private func append(
        to log: LogWriter, _ state: inout WriterState,
        _ build: (inout WriterState, inout Operation) throws(EngineError) -> Void
    ) throws(EngineError) -> Attempt {
        var operation = Operation(shape: shape)
        let keywordsBefore = state.keywords
        let position: LogPosition
        do throws(EngineError) {
            try build(&state, &operation)
            if operation.isEmpty { return .nothingToDo }
            operation.keywords = state.keywords.entries(from: keywordsBefore.entryCount)
            position = try logging { () throws(LogError) in
                try log.append(operation.encode())
            }
        } catch {
            state.keywords = keywordsBefore
            noteLogFailure(error, &state)
            throw error
        }
        do throws(EngineError) {
            try state.apply(operation, at: position, hasKeywords: true)
        } catch {
            // It is in the log, but this process does not show it: reopening will.
            state.failure = error
            throw error
        }
        state.cutStep(at: position, policy: options.checkpoint)
        state.inFlightCount += 1
        return .appended(state.mark(at: position))
    }

    /// A full buffer is written by `append`, which may find no room.
    private func noteLogFailure(_ error: EngineError, _ state: inout WriterState) {
        guard case .log(.takenBack) = error else { return }
        state.needsRewind = true
    }

    /// After a failed sync: the log's word decides what remains of the operations under way.
    private func giveUp(_ error: LogError) throws(EngineError) {
        if case .takenBack = error {
            writer.update { $0.needsRewind = true }
        } else {
            poison(.log(error))
        }
        try settle(leaving: 1)
    }

    /// Ends `count` operations; the last one out undoes what the log had no room for.
    private func settle(leaving count: Int) throws(EngineError) {
        try storing { () throws(StorageError) in
            try writer.update { (state) throws(StorageError) in
                state.inFlightCount -= count
                guard state.inFlightCount == 0, state.needsRewind else { return }
                state.needsRewind = false
                try state.rewind(to: snapshot.mark)
                log?.resume()
            }
        }
    }

    // MARK: - Back-pressure

    private func isFull(_ state: borrowing WriterState) -> Bool {
        // Calls under way must end: the next engine moves what they have added.
        if case .leaving = state.departure { return false }
        return state.pending.reaches(
            options.checkpoint, times: options.checkpoint.backPressureFactor)
    }

    /// Moves the delta into the tables, or waits for the thread that does.
    private func makeRoom() throws(EngineError) {
        do throws(EngineError) {
            let isRelieved = try exclusively { () throws(EngineError) in
                guard writer.read({ isFull($0) }) else { return true }
                return try checkpointSteps()
            }
            if isRelieved { return }
        } catch {
            // A part of it may have found room.
            guard error.isLackOfRoom, writer.read({ !isFull($0) }) else { throw error }
            return
        }
        // Nothing of it is acknowledged yet: its callers are about to.
        _ = writer.wait(timeoutSeconds: 0.05) { isFull($0) ? nil : true }
    }
}
