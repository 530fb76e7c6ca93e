internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

extension Manifest {
    /// The generation that a build has stored models of and not put in force; nil if the last one
    /// was finished.
    var begunGeneration: UInt32? {
        nextGeneration > generation + 1 ? nextGeneration - 1 : nil
    }
}

extension Engine {
    /// The models of a build that was interrupted after its training, if they are still what
    /// training would give: nothing but writing their lists is left to do.
    func begunModels(_ plan: IndexPlan, on base: Snapshot) throws(StorageError) -> Models? {
        guard let generation = base.stored.manifest.begunGeneration else { return nil }
        let models: Models
        do throws(StorageError) {
            models = try Models.read(
                generation: generation, shape: shape, base.stored.access)
        } catch {
            // It may have been removed, or damaged: then it is learnt once more.
            guard case .damaged = error else { throw error }
            return nil
        }
        let liveCount = base.stored.rows.count - base.stored.dead.count
        let (trainedCount, listCount) = (models.calibration.trainedCount, models.lists.count)
        guard models.quantizer.shape == plan.quantizer,
            models.listMetric == models.metric.ofLists,
            liveCount < 2 * trainedCount, trainedCount < 2 * liveCount,
            listCount * 4 >= plan.listCount * 3, listCount * 3 <= plan.listCount * 4
        else { return nil }
        return models
    }
}
