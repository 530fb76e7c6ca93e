internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// One bounded step of splitting and merging lists, in one transaction: searches see the lists
    /// before it or after it, and so does whoever opens the database after a crash.
    ///
    /// What takes long, working the change out, hinders no checkpoint: only catching up with those
    /// that came meanwhile, and writing, is done as the only one who writes the tables.
    ///
    /// Only whoever holds `building` may call it.
    ///
    /// - Returns: whether there was anything to do.
    func reclusterStep() throws(EngineError) -> Bool {
        let worked: (change: ListChange?, isNews: Bool)
        do throws(EngineError) {
            worked = try storing { () throws(StorageError) in try workOutChange() }
        } catch {
            if !error.isLackOfRoom { poison(error) }
            throw error
        }
        guard let change = worked.change else { return worked.isNews }
        return try exclusively { () throws(EngineError) in
            try storing { () throws(StorageError) in try apply(change) }
        }
    }

    /// A change of the lists as they are now, if one is due, and whether looking for it taught
    /// anything.
    func workOutChange() throws(StorageError) -> (change: ListChange?, isNews: Bool) {
        let stored = snapshot.stored
        guard let models = stored.models, let lists = stored.lists else { return (nil, false) }
        let policy = ListPolicy(
            liveCount: stored.rows.count - stored.dead.count, shape: shape,
            options: options.index)
        var sizes: [Int] = []
        for index in 0..<lists.listCount { sizes.append(try lists.entryCount(ofList: index)) }
        let indivisible = indivisibleLists.read { $0 }
        let split = policy.splits(of: sizes) { index, size in
            // Once it has doubled it may be another matter.
            indivisible[lists.numbers[index]].map { size < 2 * $0 } ?? false
        }
        let merged = policy.merges(of: sizes).filter {
            !split.contains($0) && (sizes[$0] == 0 || !models.isIsolated($0))
        }
        guard !split.isEmpty || !merged.isEmpty, merged.count < lists.listCount else {
            return (nil, false)
        }
        var change = ListChange(
            of: stored, models, lists, seed: options.index.seed, threadCount: threadCount)
        try change.run(
            splitting: split.map { ($0, policy.partCount(size: sizes[$0])) }, merging: merged)
        let stubborn = change.stubborn
        indivisibleLists.update { known in
            for index in stubborn { known[lists.numbers[index]] = sizes[index] }
        }
        return change.isEmpty ? (nil, !stubborn.isEmpty) : (change, true)
    }

    /// Commits a change of lists that others may have added to since; lists for outliers may even
    /// be new, which is rare: then it is given up, and the next step works out another.
    ///
    /// Only whoever holds `tables` may call it.
    func apply(_ worked: ListChange) throws(StorageError) -> Bool {
        var change = worked
        let stored = snapshot.stored
        guard writer.read({ !$0.isDeparting }), let lists = stored.lists,
            stored.models?.lists == change.listsBefore
        else { return true }
        try change.catchUp(with: stored, lists)
        try commit(change)
        return true
    }

    private func commit(_ change: ListChange) throws(StorageError) {
        let transaction = try environment.beginWrite()
        try change.write(transaction)
        var manifest = try Manifest.read(transaction.access)
        manifest.nextList = change.nextList
        try manifest.write(transaction)
        var drift = Drift()
        drift.splitCount = UInt64(change.splitCount)
        drift.mergeCount = UInt64(change.mergeCount)
        drift.movedCount = UInt64(change.movedCount)
        try addDrift(drift, generation: change.models.generation, transaction)
        try noteDrift(
            of: change.models, manifest,
            missingRowCount: snapshot.stored.rows.missingRowCount, transaction)
        try transaction.commit()
        try adoptStored(
            try StoredState(
                environment: environment, shape: shape, earlier: snapshot.stored,
                changedLists: change.changedLists, models: change.models))
        notify(
            .changedLists(
                split: change.splitCount, merged: change.mergeCount, moved: change.movedCount))
    }
}
