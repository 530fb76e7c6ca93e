internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// All steps that are due, to completion: dead rows are reclaimed, lists split and merged.
    func maintainLists(
        _ policy: ReclaimPolicy, observer: EngineObserver?
    ) throws(EngineError) {
        try building.update { (_) throws(EngineError) in
            guard writer.read({ !$0.isDeparting }) else { return }
            // Every live row is written anew once at most: what comes by that is no longer sparse.
            let rowCount = max(snapshot.stored.rows.count, 1)
            var rewritten = 0
            while !background.isStopping, try rewriteStep(policy) {
                rewritten += 1
                try checkpoint()
                while try dropStep() {}
                observer?("reclaiming", min(1, Double(rewritten * 2048) / Double(rowCount)))
            }
            while !background.isStopping, try dropStep() {}
            while !background.isStopping, try sweepStep(policy) { observer?("sweeping", 0) }
            var steps = 0
            while !background.isStopping, steps < stepLimit, try reclusterStep() {
                steps += 1
                observer?("reclustering", Double(steps) / Double(stepLimit))
            }
            if !background.isStopping { _ = try recalibrateStep() }
        }
    }

    /// More steps than lists need, whatever they look like.
    private var stepLimit: Int { 64 + (snapshot.stored.models?.lists.count ?? 0) }

    /// One step of what is due, the cheapest first; false if nothing is.
    func maintenanceStep() throws(EngineError) -> Bool {
        try building.update { (_) throws(EngineError) in
            guard writer.read({ !$0.isDeparting }) else { return false }
            if try dropStep() { return true }
            if try sweepStep(.usual) { return true }
            if try reclusterStep() { return true }
            if try recalibrateStep() { return true }
            return try rewriteStep(.usual)
        }
    }
}
