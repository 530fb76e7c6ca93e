internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Moves everything acknowledged from the log into the tables, in one transaction that also
    /// stores the log position, and removes the log segments that are no longer needed.
    package func checkpoint() throws(EngineError) {
        if let refusal = writer.read({ writeRefusal($0) }) { throw refusal }
        try checkpointNow()
    }

    func checkpointNow() throws(EngineError) {
        _ = try exclusively { () throws(EngineError) in try checkpointSteps() }
    }

    /// Runs `body` as the only one that writes the tables.
    ///
    /// What it throws poisons the handle, except for want of room: then the transaction did not
    /// happen, everything is still in the log, and the next attempt may find room. (LMDB writes a
    /// transaction's pages to places that nothing refers to before its meta page.)
    func exclusively<Result>(
        _ body: () throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        do throws(EngineError) {
            return try tables.update { (_) throws(EngineError) in try body() }
        } catch {
            if !error.isLackOfRoom { poison(error) }
            throw error
        }
    }

    /// Moves all that is visible now, in transactions of bounded size.
    ///
    /// Only whoever holds `tables` may call it.
    ///
    /// - Returns: whether there was anything to move.
    func checkpointSteps() throws(EngineError) -> Bool {
        guard writer.read({ !$0.isDeparting }) else { return false }
        let target = snapshot.position
        var hasMoved = false
        while let part = nextStep(to: target) {
            do throws(EngineError) {
                try writeCheckpoint(part)
            } catch .storage(.mapTooSmall) {
                continue
            }
            hasMoved = true
        }
        return hasMoved
    }

    /// What the next transaction moves, as a snapshot that ends there.
    private func nextStep(to target: LogPosition) -> Snapshot? {
        writer.read { state in
            guard state.applied < target else { return nil }
            let step = state.steps.first { $0.position <= target }
            return Self.snapshot(of: state, at: step ?? snapshot.mark)
        }
    }

    private func writeCheckpoint(_ part: Snapshot) throws(EngineError) {
        var changedLists = Set<UInt32>()
        var changedModels: Models?
        let amended = part.amendedStoredRows
        try storing { () throws(StorageError) in
            environment.clearStaleReaders()
            let transaction = try environment.beginWrite()
            try writeVectors(of: part, transaction)
            try writeRows(of: part, amended: amended, transaction)
            try writeIdentifiers(of: part, transaction)
            try DeletedRows.write(part.dead, since: part.stored.dead, transaction)
            try writeKeywords(of: part, transaction)
            try writePayloads(of: part, transaction)
            try amendAttributes(amended, of: part, transaction)
            try writeAttributes(
                since: part.stored, rowCount: part.delta.end, transaction)
            if let models = part.stored.models, let lists = part.stored.lists {
                let amendedLists = try amendLists(
                    amended, of: part, models: models, lists: lists, transaction)
                let indexed = try index(
                    rows: part.delta.start..<part.delta.end, of: part, models: models,
                    transaction)
                changedLists = indexed.lists.union(amendedLists)
                changedModels = indexed.models
                try addDrift(indexed.drift, generation: models.generation, transaction)
            }
            // Not the snapshot's: a build may have reserved numbers since.
            var updated = try Manifest.read(transaction.access)
            updated.rowCount = UInt32(part.delta.end)
            updated.liveCount = UInt32(part.liveCount)
            updated.appliedPosition = part.position.rawValue
            updated.checkpointMicroseconds = Platform.wallMicroseconds
            try updated.write(transaction)
            if let models = changedModels {
                try noteDrift(
                    of: models, updated, missingRowCount: part.stored.rows.missingRowCount,
                    transaction)
            }
            try transaction.commit()
        }
        try storing { () throws(StorageError) in
            try adoptStored(
                try StoredState(
                    environment: environment, shape: shape, earlier: part.stored,
                    changedLists: changedLists, models: changedModels))
        }
        try logging { () throws(LogError) in
            try log?.removeSegments(below: part.position.next)
        }
    }

    private func writeIdentifiers(
        of snapshot: Snapshot, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        var changes: [UInt64: UInt32?] = [:]
        let stored = snapshot.stored
        for row in snapshot.dead.members(notIn: stored.dead) where Int(row) < stored.rows.count {
            changes[try stored.rows.id(row)] = .some(nil)
        }
        snapshot.delta.forEachChunk { chunk, first, range in
            for index in range where !snapshot.dead.contains(UInt32(first + index)) {
                changes[chunk.ids[index]] = UInt32(first + index)
            }
        }
        let sorted = changes.map { (id: $0.key, row: $0.value) }.sorted { $0.id < $1.id }
        try Identifiers.apply(sorted, transaction)
    }

    private func writeKeywords(
        of snapshot: Snapshot, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let stored = try transaction.access.statistics(environment.table(.keywords)).entryCount
        let added = snapshot.keywords.entries(from: stored).map {
            KeywordTable.Entry(
                attribute: UInt32($0.attributeIndex), code: $0.code, text: $0.text)
        }
        try KeywordTable.write(added, transaction)
        let byAttribute = Dictionary(grouping: added, by: \.attribute)
        for (attribute, entries) in byAttribute.sorted(by: { $0.key < $1.key }) {
            try KeywordCodes.append(
                attribute: attribute, first: entries[0].code,
                entries.map { HashedText($0.text) }, transaction)
        }
    }

    /// Adds the payloads of new rows and removes those of rows that died.
    private func writePayloads(
        of snapshot: Snapshot, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let stored = snapshot.stored
        let table = environment.table(.payloads)
        if try transaction.access.statistics(table).entryCount > 0 {
            for row in snapshot.dead.members(notIn: stored.dead) where row < stored.rows.count {
                try Payload.remove(row: row, transaction)
            }
        }
        guard snapshot.delta.payloadCount > 0 else { return }
        let writer = Payload.Writer(
            dictionary: try PayloadDictionary.newest(transaction.access))
        try snapshot.delta.forEachChunk { (chunk, first, range) throws(StorageError) in
            for index in range {
                let row = UInt32(first + index)
                guard let payload = chunk.payload(index), !snapshot.dead.contains(row) else {
                    continue
                }
                try writer.write(row: row, payload, transaction)
            }
        }
    }
}
