internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Told what long work is doing: the step, and the share of it that is done.
package typealias EngineObserver = @Sendable (String, Double) -> Void

extension Engine {
    /// Trains models on the rows in the tables and builds the lists of a new generation, searches
    /// and writes going on meanwhile; then puts it in force and removes the old one.
    ///
    /// Crash-safe at every step: until the last transaction the old generation, or exact search,
    /// is in force. Opening removes the lists that a build left behind; its models stay, and the
    /// next build goes on from there. A failure poisons the handle, as every failed write does,
    /// except for want of room.
    ///
    /// - Parameter isFresh: whether to begin with nothing, rather than with the centroids of the
    ///   lists that there are.
    func build(isFresh: Bool = false, observer: EngineObserver?) throws(EngineError) {
        do throws(EngineError) {
            try building.update { (_) throws(EngineError) in
                guard writer.read({ !$0.isDeparting }) else { return }
                try buildGeneration(isFresh: isFresh, observer: observer)
            }
        } catch {
            if !error.isLackOfRoom { poison(error) }
            throw error
        }
    }

    private func buildGeneration(
        isFresh: Bool, observer: EngineObserver?
    ) throws(EngineError) {
        // What a build that found no room has left.
        try removeLeftovers()
        let base = snapshot.ofTables
        let plan = IndexPlan(
            liveCount: base.stored.rows.count - base.stored.dead.count, shape: shape,
            options: options.index)
        let begun = try storing { () throws(StorageError) in
            isFresh ? nil : try begunModels(plan, on: base)
        }
        var found = begun
        if found == nil {
            found = try train(plan, on: base, isFresh: isFresh, observer: observer)
        }
        guard let models = found else { return }
        try storing { () throws(StorageError) in
            if begun == nil { try reserve(models) }
            try buildLists(models, from: base, observer: observer)
        }
        try removeLeftovers()
    }

    /// Learns the models; nil if the database is being closed.
    private func train(
        _ plan: IndexPlan, on base: Snapshot, isFresh: Bool, observer: EngineObserver?
    ) throws(EngineError) -> Models? {
        let manifest = base.stored.manifest
        return try storing { () throws(StorageError) in
            let trainer = Trainer(
                plan: plan, snapshot: base, seed: options.index.seed, threadCount: threadCount,
                earlier: isFresh ? nil : base.stored.models?.centroids)
            return try trainer.train(
                generation: manifest.nextGeneration, firstList: manifest.nextList,
                isCancelled: { [background] in background.isStopping }, observer: observer)
        }
    }

    /// Writes the lists of all rows in bounded steps, then switches over.
    private func buildLists(
        _ models: Models, from base: Snapshot, observer: EngineObserver?
    ) throws(StorageError) {
        let builder = ListBuilder(
            models: models, snapshot: base, shape: shape, threadCount: threadCount)
        for portion in builder.portions(of: options.index.buildPortionSize) {
            let content = try builder.content(of: portion, observer: observer)
            guard try append(content, models) else { return }
            observer?(
                "writing lists", Double(portion.upperBound) / Double(builder.rowCount))
        }
        observer?("calibrating", 0)
        let trial = try StoredState(
            environment: environment, shape: shape, earlier: base.stored, models: models)
        let measured = try Calibrator(
            snapshot: base, trial: trial, models: models, seed: options.index.seed,
            threadCount: threadCount,
            queryCount: base.stored.models == nil ? 1000 : 400,
            isCancelled: { [background] in background.isStopping }
        ).calibrate()
        guard let measured else { return }
        var calibration = models.calibration
        calibration.points = measured.points
        calibration.ranges = measured.ranges
        calibration.listCount = models.lists.count
        try putInForce(models.with(calibration: calibration), builder: builder)
        observer?("calibrating", 1)
    }

    /// Appends entries to the lists in transactions of bounded size; false if the database is
    /// being closed.
    private func append(_ content: [ListEntries], _ models: Models) throws(StorageError) -> Bool {
        var nextList = 0
        while nextList < content.count {
            if background.isStopping { return false }
            try tables.update { (_) throws(StorageError) in
                let transaction = try environment.beginWrite()
                var blockCount = 0
                while nextList < content.count && blockCount < ListBuilder.blocksPerStep {
                    blockCount += try ListWriter.append(
                        content[nextList], to: models.lists.numbers[nextList],
                        generation: models.generation, shape: shape, transaction)
                    nextList += 1
                }
                try transaction.commit()
            }
        }
        return true
    }

    /// Stores the models under numbers that nothing else will get.
    private func reserve(_ models: Models) throws(StorageError) {
        try tables.update { (_) throws(StorageError) in
            let transaction = try environment.beginWrite()
            try models.write(transaction)
            var manifest = try Manifest.read(transaction.access)
            manifest.nextGeneration = models.generation + 1
            manifest.nextList += UInt32(models.lists.count)
            try manifest.write(transaction)
            try transaction.commit()
            try adoptStored(
                try StoredState(
                    environment: environment, shape: shape, earlier: snapshot.stored,
                    changedLists: []))
        }
    }

    /// Adds the rows that came during the build, brings the attributes of those that were amended
    /// up to date, and switches to the new generation.
    private func putInForce(
        _ models: Models, builder: ListBuilder
    ) throws(StorageError) {
        try tables.update { (_) throws(StorageError) in
            let now = snapshot.ofTables
            let transaction = try environment.beginWrite()
            try models.write(transaction)
            let built = builder.snapshot.stored.rows.count
            let indexed = try index(
                rows: built..<now.stored.rows.count, of: now, models: models, transaction)
            try amendBuilt(since: builder.snapshot, now, models, transaction)
            var manifest = try Manifest.read(transaction.access)
            manifest.generation = models.generation
            try manifest.write(transaction)
            try noteDrift(
                of: indexed.models, manifest,
                missingRowCount: now.stored.rows.missingRowCount, transaction)
            try transaction.commit()
            let stored = try StoredState(
                environment: environment, shape: shape, earlier: now.stored)
            try adoptStored(stored)
        }
        notify(.trained(generation: Int(models.generation)))
    }

    /// Checkpoints between the steps of a build amend the lists in force alone.
    private func amendBuilt(
        since base: Snapshot, _ now: Snapshot, _ models: Models,
        _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let rows = try now.stored.rows.amendedRows(since: base.stored.rows)
        guard !rows.isEmpty else { return }
        let lists = try InvertedLists(
            numbers: models.lists.numbers, earlier: nil, transaction.access)
        _ = try amendLists(rows, of: now, models: models, lists: lists, transaction)
    }
}
