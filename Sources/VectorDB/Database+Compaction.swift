internal import VDBEngine
internal import VDBLog
internal import VDBPrimitives

/// A database's engine, and whether another is about to take its place.
struct OpenedEngine: Sendable {
    /// Nil after `close()`.
    var engine: Engine?
    /// New calls wait.
    var isReplacing = false
    /// Why there is none, if not because of `close()`.
    var failure: EngineError?
}

extension Database {
    /// Calls under way have so long to end before a compaction is given up.
    private static let patienceSeconds = 60.0

    /// Gives the space of deleted records back to the file system: reclaims it within the tables,
    /// copies them without free pages, and puts the copy in their place.
    ///
    /// Searches and writes go on meanwhile, in this process and in those that only read; for the
    /// moment of the swap they wait. It needs room for the copy beside the tables, and calls that
    /// read for long, such as a backup, must end before it can.
    public func compact(observer: ProgressObserver? = nil) throws(VectorDBError) {
        try explaining("compact \(path)") { () throws(EngineError) in
            let compaction = try engine.compact(observer: observer)
            try replaceEngine { () throws(EngineError) in
                try compaction.finish()
            } otherwise: { () throws(EngineError) in
                try compaction.reopen()
            }
        }
    }

    /// Makes a dense copy under another path, a database of its own, and leaves this one where it
    /// is; the space of its deleted records is reclaimed within its tables.
    public func compact(
        into target: String, observer: ProgressObserver? = nil
    ) throws(VectorDBError) {
        try explaining("compact \(path) into \(target)") { () throws(EngineError) in
            try engine.compact(into: target, observer: observer)
        }
    }

    /// The engine, as soon as no other is about to take its place; nil after `close()`.
    func openEngine() throws(EngineError) -> Engine? {
        let found = opened.wait { $0.isReplacing ? nil : Optional.some($0.engine) }
        return found ?? nil
    }

    /// Why there is no engine.
    func closingCause() -> EngineError { opened.read { $0.failure } ?? .closed(path: path) }

    /// Opens the files that have taken the place of those that the engine reads, if they are the
    /// same database.
    func reopenSuperseded() throws(EngineError) {
        guard let known = opened.read({ $0.engine.map(Known.init) }) else { return }
        try replaceEngine { () throws(EngineError) in
            try known.open()
        } otherwise: { () throws(EngineError) in
            try known.open()
        }
    }

    /// What remains of an engine that others will take the place of.
    private struct Known: Sendable {
        let directory: Directory
        let options: EngineOptions
        let identity: LogIdentity

        init(_ engine: Engine) {
            directory = engine.directory
            options = engine.options
            identity = engine.identity
        }

        func open() throws(EngineError) -> Engine {
            let engine = try Engine.open(directory, options: options)
            guard engine.identity == identity else {
                throw .system(.replaced(directory.path))
            }
            return engine
        }
    }

    /// Lets calls under way end, and puts what `open` gives in the engine's place.
    ///
    /// - Parameters:
    ///   - open: gives the new engine.
    ///   - fallback: gives the old one again where that fails.
    private func replaceEngine(
        _ open: () throws(EngineError) -> Engine,
        otherwise fallback: () throws(EngineError) -> Engine
    ) throws(EngineError) {
        let place = Place(
            opened.update { opened in
                guard !opened.isReplacing, let engine = opened.engine else { return nil }
                opened.isReplacing = true
                opened.engine = nil
                return engine
            })
        guard place.wasThere else { return }
        var next: Engine?
        var failure: EngineError?
        defer {
            opened.update { opened in
                opened.engine = next
                opened.isReplacing = false
                opened.failure = failure
            }
        }
        guard place.waitForEnd(timeoutSeconds: Self.patienceSeconds) else {
            next = place.engine
            place.engine?.stay()
            throw .busy(path: path)
        }
        do throws(EngineError) {
            next = try open()
        } catch {
            let cause = error
            do throws(EngineError) {
                next = try fallback()
            } catch {
                failure = cause
            }
            throw cause
        }
    }

    /// Knows an engine without keeping it.
    private struct Place {
        weak var engine: Engine?
        let directory: FileIdentity?

        var wasThere: Bool { directory != nil }

        init(_ engine: consuming Engine?) {
            directory = engine?.directory.identity
            self.engine = engine
        }

        /// Waits until the engine has closed its files, which is its last act.
        func waitForEnd(timeoutSeconds: Double) -> Bool {
            let end = Platform.monotonicSeconds + timeoutSeconds
            while engine != nil || directory.map(ProcessRegistry.contains) == true {
                guard Platform.monotonicSeconds < end else { return false }
                Platform.sleep(seconds: 0.0005)
            }
            return true
        }
    }
}
