internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// One bounded step of splitting and merging lists, in one transaction: searches see the lists
    /// before it or after it, and so does whoever opens the database after a crash.
    ///
    /// Only whoever holds `building` may call it.
    ///
    /// - Returns: whether there was anything to do.
    func reclusterStep() throws(EngineError) -> Bool {
        try exclusively { () throws(EngineError) in
            try storing { () throws(StorageError) in try changeLists() }
        }
    }

    private func changeLists() throws(StorageError) -> Bool {
        let stored = snapshot.stored
        guard let models = stored.models, let lists = stored.lists else { return false }
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
            return false
        }
        var change = ListChange(
            of: stored, models, lists, seed: options.index.seed, threadCount: threadCount)
        try change.run(
            splitting: split.map { ($0, policy.partCount(size: sizes[$0])) }, merging: merged)
        let stubborn = change.stubborn
        indivisibleLists.update { known in
            for index in stubborn { known[lists.numbers[index]] = sizes[index] }
        }
        guard !change.isEmpty else { return !stubborn.isEmpty }
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
