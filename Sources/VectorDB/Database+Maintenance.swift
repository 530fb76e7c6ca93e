internal import VDBEngine

/// Told what long work is doing: the step's name, and the share of it that is done (0 … 1).
public typealias ProgressObserver = @Sendable (_ step: String, _ share: Double) -> Void

extension Database {
    /// Moves everything acknowledged from the log into the tables.
    ///
    /// It happens by itself; by hand it bounds the time that the next opening takes.
    public func checkpoint() throws(VectorDBError) {
        try explaining("checkpoint \(path)") { () throws(EngineError) in try engine.checkpoint() }
    }

    /// Does all background work that is due and returns when it is done: checkpoint, and training
    /// where it pays.
    ///
    /// - Parameter isFull: trains new centroids and codebooks even if the old ones still fit.
    public func maintain(
        isFull: Bool = false, observer: ProgressObserver? = nil
    ) throws(VectorDBError) {
        try explaining("maintain \(path)") { () throws(EngineError) in
            try engine.maintain(isFull: isFull, observer: observer)
        }
    }

    /// Reads everything and checks checksums, formats, and every id ↔ row ↔ list.
    ///
    /// Changes nothing; works beside writers, on the state of its beginning.
    ///
    /// - Returns: what is wrong; empty if the database is sound.
    public func verify(observer: ProgressObserver? = nil) throws(VectorDBError) -> [Finding] {
        try explaining("verify \(path)") { () throws(EngineError) in
            try engine.verify(observer: observer).map {
                Finding(table: $0.table, key: $0.key, reason: $0.reason)
            }
        }
    }

    /// Figures of this moment.
    public func statistics() throws(VectorDBError) -> Statistics {
        try explaining("measure \(path)") { () throws(EngineError) in
            Statistics(try engine.statistics())
        }
    }
}
