internal import VDBEngine

/// Who does the maintenance: splitting, merging and sweeping of lists, giving back the space of
/// deleted records, training.
public enum MaintenanceMode: Sendable, Hashable {
    /// A background thread, whenever there is something to do.
    case automatic
    /// `Database.maintain()` alone.
    case manual
}

/// What maintenance has just done; each event is one transaction, durable by then.
public enum MaintenanceEvent: Sendable, Hashable {
    /// Lists were divided or merged into their neighbours, and vectors near a border that moved
    /// have changed sides.
    case changedLists(split: Int, merged: Int, moved: Int)
    /// Lists were rewritten without the entries of deleted records.
    case sweptLists(Int)
    /// Records were written anew, so that the space around them can be given back.
    case rewroteRecords(Int)
    /// Chunks of records, all deleted, were removed from the tables.
    case droppedChunks(Int)
    /// New models are in force.
    case trained(generation: Int)
    /// How far searches must go for which recall was measured anew, as there are so many lists now.
    case calibrated(listCount: Int)

    init(_ inner: VDBEngine.MaintenanceEvent) {
        self =
            switch inner {
            case .changedLists(let split, let merged, let moved):
                .changedLists(split: split, merged: merged, moved: moved)
            case .sweptLists(let count): .sweptLists(count)
            case .rewroteRecords(let count): .rewroteRecords(count)
            case .droppedChunks(let count): .droppedChunks(count)
            case .trained(let generation): .trained(generation: generation)
            case .calibrated(let listCount): .calibrated(listCount: listCount)
            }
    }
}

extension Database {
    /// Keeps background maintenance from beginning another step; the one under way, which is
    /// short, ends.
    ///
    /// Records go on moving from the log into the tables.
    public func pauseMaintenance() throws(VectorDBError) {
        try explaining("pause maintenance") { () throws(EngineError) in
            try engine.setMaintenance(paused: true)
        }
    }

    /// Lets background maintenance go on after `pauseMaintenance`.
    public func resumeMaintenance() throws(VectorDBError) {
        try explaining("resume maintenance") { () throws(EngineError) in
            try engine.setMaintenance(paused: false)
        }
    }
}
