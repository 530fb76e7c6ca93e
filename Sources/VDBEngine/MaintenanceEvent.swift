internal import VDBPrimitives

/// What maintenance has just done; its transaction is durable.
package enum MaintenanceEvent: Sendable, Hashable {
    /// Lists were divided or dissolved, and vectors near a border that moved have changed sides.
    case changedLists(split: Int, merged: Int, moved: Int)
    /// Lists were rewritten without the entries of dead rows.
    case sweptLists(Int)
    /// Live records were written anew, so that the space around them can be given back.
    case rewroteRecords(Int)
    /// Chunks of rows and vectors, all dead, were removed.
    case droppedChunks(Int)
    /// New models are in force.
    case trained(generation: Int)
    /// How far searches must go was measured anew, on so many lists.
    case calibrated(listCount: Int)
}

/// Told of each step of maintenance, by the thread that did it; must not wait for long, nor for
/// the database.
package typealias MaintenanceObserver = @Sendable (MaintenanceEvent) -> Void

/// What background maintenance may take.
package struct MaintenanceOptions: Sendable {
    /// Whether a background thread does it; otherwise only `maintain` does.
    package var isAutomatic = true
    /// The share of one core's time that it takes at most, 0 … 1.
    package var share = 0.25
    package var observer: MaintenanceObserver?

    package init() {}
}

extension Engine {
    func notify(_ event: MaintenanceEvent) {
        maintenanceTally.update { $0.add(event) }
        options.maintenance.observer?(event)
    }

    /// Stops background maintenance before its next step, or lets it go on.
    package func setMaintenance(paused: Bool) { maintenancePace.setPaused(paused) }
}

/// What maintenance has done since the database was opened.
package struct MaintenanceTally: Sendable, Hashable {
    package var splitCount = 0
    package var mergeCount = 0
    /// Vectors that changed sides without their list being divided.
    package var movedCount = 0
    package var sweptCount = 0
    package var rewrittenCount = 0
    package var droppedChunkCount = 0

    mutating func add(_ event: MaintenanceEvent) {
        switch event {
        case .changedLists(let split, let merged, let moved):
            splitCount += split
            mergeCount += merged
            movedCount += moved
        case .sweptLists(let count): sweptCount += count
        case .rewroteRecords(let count): rewrittenCount += count
        case .droppedChunks(let count): droppedChunkCount += count
        case .trained, .calibrated: break
        }
    }
}
