internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// How much may be dead before its space is given back.
struct ReclaimPolicy: Sendable {
    /// The share of a list's entries, from which it is rewritten without the dead.
    let listShare: Double
    /// The share of a chunk's rows, from which those that live are written anew elsewhere, so that
    /// the chunk can go.
    let chunkShare: Double

    /// Writing what lives once for as much that died keeps the tables below twice their content.
    static let usual = ReclaimPolicy(listShare: 0.25, chunkShare: 0.5)
    /// All that is worth its writing.
    static let thorough = ReclaimPolicy(listShare: 0, chunkShare: 1.0 / 16)
}

extension Engine {
    /// Entries that one transaction may rewrite.
    private static let sweepLimit = 1 << 16

    /// Rewrites, in one bounded transaction, lists of which too large a share is dead.
    ///
    /// - Returns: whether there was anything to do.
    func sweepStep(_ policy: ReclaimPolicy) throws(EngineError) -> Bool {
        try exclusively { () throws(EngineError) in
            try storing { () throws(StorageError) in try sweepLists(policy) }
        }
    }

    private func sweepLists(_ policy: ReclaimPolicy) throws(StorageError) -> Bool {
        let stored = snapshot.stored
        guard let models = stored.models, let lists = stored.lists, stored.dead.count > 0 else {
            return false
        }
        // Looking at all rows of all lists is worth it when enough of them have died since.
        let before = sweptDeadCount.read { $0 }
        let newlyDead = stored.dead.count - (before ?? 0)
        guard
            before == nil || newlyDead * 20 >= stored.rows.count - stored.dead.count
                || (policy.listShare == 0 && newlyDead > 0)
        else { return false }
        var contents: [UInt32: ListEntries] = [:]
        var entryCount = 0
        for index in 0..<lists.listCount where entryCount < Self.sweepLimit {
            var count = 0
            var deadCount = 0
            for block in lists.blockIndices(ofList: index) {
                let block = try lists.block(block)
                count += block.count
                for place in 0..<block.count where stored.dead.contains(block.rows[place]) {
                    deadCount += 1
                }
            }
            guard deadCount > 0, Double(deadCount) >= policy.listShare * Double(count) else {
                continue
            }
            contents[lists.numbers[index]] = try ListMembers.entries(
                ofList: index, in: stored, lists)
            entryCount += count
        }
        guard !contents.isEmpty else {
            sweptDeadCount.update { $0 = stored.dead.count }
            return false
        }
        let transaction = try environment.beginWrite()
        for (number, entries) in contents.sorted(by: { $0.key < $1.key }) {
            try ListWriter.replace(
                number, with: entries, generation: models.generation, transaction)
        }
        try transaction.commit()
        try adoptStored(
            try StoredState(
                environment: environment, shape: shape, earlier: stored,
                changedLists: Set(contents.keys)))
        notify(.sweptLists(contents.count))
        return true
    }
}
