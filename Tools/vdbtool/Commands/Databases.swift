internal import VectorDB

// How commands get at a database and at the library's calls.

extension Database {
    /// Opens the database that the command line names, to read beside whoever has it.
    static func reading(_ arguments: Arguments) throws(ToolFailure) -> Database {
        var options = Options()
        options.isReadOnly = true
        return try open(arguments, options)
    }

    /// Opens the database that the command line names, to write.
    ///
    /// Nothing is done in the background: an index trained in the middle of an import would only
    /// have to be trained again.
    ///
    /// - Parameter listCount: lists to train; nil derives their number.
    static func writing(
        _ arguments: Arguments, listCount: Int? = nil
    ) throws(ToolFailure) -> Database {
        var options = Options()
        options.isAutomatic = false
        options.listCount = listCount
        return try open(arguments, options)
    }

    private static func open(
        _ arguments: Arguments, _ options: Options
    ) throws(ToolFailure) -> Database {
        try engine { () throws(VectorDBError) in
            try Database.open(at: arguments.databasePath, options: options)
        }
    }

    /// Closes a database that was changed.
    ///
    /// What was acknowledged is in the log; if only the room is short to move it into the tables,
    /// that is said and is no failure.
    func finish(_ console: Console) throws(ToolFailure) {
        do throws(ToolFailure) {
            try finish()
        } catch {
            guard error.isLackOfRoom else { throw error }
            console.complain("the checkpoint waits for room, nothing is lost: \(error.message)")
        }
    }

    /// Closes the database, which may still have to move its log into the tables.
    func finish() throws(ToolFailure) {
        try engine { () throws(VectorDBError) in try close() }
    }

    func figures() throws(ToolFailure) -> Statistics {
        try engine { () throws(VectorDBError) in try statistics() }
    }

    /// Checkpoint and training to completion, with its progress shown.
    ///
    /// Every instant of it is safe to stop at: Ctrl-C ends the process.
    ///
    /// - Parameters:
    ///   - isFull: whether new models are trained even if the old ones still fit.
    ///   - whenStopped: says before that what there is to say; takes the seconds that it took.
    /// - Returns: the seconds that it took.
    func maintain(
        _ console: Console, isFull: Bool = false,
        whenStopped: @escaping @Sendable (Double) -> Void
    ) throws(ToolFailure) -> Double {
        let progress = console.progress("indexing", unit: "steps", total: nil)
        let clock = Stopwatch()
        defer { progress.finish() }
        try engine { () throws(VectorDBError) in
            try maintain(isFull: isFull) { step, share in
                progress.report(step: step, share: share)
                guard let code = Interruption.requested else { return }
                progress.finish()
                whenStopped(clock.seconds)
                System.exit(code.rawValue)
            }
        }
        return clock.seconds
    }
}
