internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// What a list holds of live rows, with their vectors.
struct ListMembers {
    let entries: ListEntries
    /// In the order of the entries; of length 1 under cosine.
    let vectors: Matrix

    /// Rows in the list, those that are dead in the tables left out.
    ///
    /// Deletions in the log alone do not count: they may be lost with the power.
    ///
    /// - Parameter first: rows before it are left out too.
    init(
        ofList index: Int, from first: UInt32 = 0, in stored: StoredState, _ lists: InvertedLists
    ) throws(StorageError) {
        entries = try Self.entries(ofList: index, from: first, in: stored, lists)
        var places: [StoredVector] = []
        places.reserveCapacity(entries.count)
        for row in entries.rows { places.append(try stored.rows.vector(row)) }
        vectors = TrainingVectors.matrix(of: places, shape: stored.rows.shape)
    }

    /// The same without the vectors.
    static func entries(
        ofList index: Int, from first: UInt32 = 0, in stored: StoredState, _ lists: InvertedLists
    ) throws(StorageError) -> ListEntries {
        let shape = stored.rows.shape
        guard let models = stored.models else { preconditionFailure("lists without models") }
        var all = ListEntries(
            codec: models.codec, subspaceCount: models.quantizer.shape.subspaceCount,
            shape: shape)
        for block in lists.blockIndices(ofList: index) {
            // Rows ascend from block to block.
            if first > 0 {
                let view = try lists.block(block)
                if view.count > 0, view.rows[view.count - 1] < first { continue }
            }
            let content = try lists.entries(ofBlock: block, shape: shape)
            all.append(contentsOf: content)
        }
        let dead = stored.dead
        let isGone = { (row: UInt32) in row < first || dead.contains(row) }
        guard dead.count > 0 || first > 0, all.rows.contains(where: isGone) else { return all }
        return all.picking(all.rows.indices.filter { !isGone(all.rows[$0]) })
    }
}
