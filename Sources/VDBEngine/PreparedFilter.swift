internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// A filter made ready for one state of the tables, and what searches have found out about it.
///
/// Applications ask under the same filter again and again: what the filter says of rows that do not
/// change is looked up once. Deletions and changes of attributes that only the log has are no part
/// of it.
final class PreparedFilter: Sendable {
    let compiled: CompiledFilter
    private let known = Monitor(Known())

    private struct Known {
        var useCount = 0
        var estimate: FilterEstimate?
        var sample: RowSample.Matches?
        var rows: Rows?
        var masks: BlockMasks?
    }

    /// All rows of the tables that match, but for those that are dead there, ascending; what died
    /// since is among them.
    struct Rows: Sendable {
        let rows: [UInt32]
        /// How many had to be looked at to find them.
        let seenCount: Int
    }

    /// Rows beyond so many are not kept.
    static let rowLimit = 1 << 16
    /// A filter seen once may never come again: nothing large is kept for it.
    private static let leastUseCount = 2

    init(_ compiled: CompiledFilter) { self.compiled = compiled }

    /// Says that another search has come with the filter.
    func use() { known.update { $0.useCount += 1 } }

    /// Searches that have come with it.
    var useCount: Int { known.read { $0.useCount } }

    /// How many rows match, as far as the indexes tell; asked of them once.
    func estimate(in stored: StoredState) throws(StorageError) -> FilterEstimate {
        if let estimate = known.read({ $0.estimate }) { return estimate }
        let estimate = try FilterEstimate(compiled, in: stored)
        known.update { $0.estimate = estimate }
        return estimate
    }

    /// What it says of a sample of the rows, if there is one.
    func sample(in stored: StoredState) throws(StorageError) -> RowSample.Matches? {
        if let sample = known.read({ $0.sample }) { return sample }
        let sample = try stored.sample.matchesIfWorthwhile(compiled, in: stored)
        if let sample { known.update { $0.sample = sample } }
        return sample
    }

    /// The rows that match, if a search has found them all.
    var rows: Rows? { known.read { $0.rows } }

    /// Keeps the rows that a search has found, unless they are many.
    func keep(_ rows: UnsafeBufferPointer<UInt32>, seenCount: Int) {
        guard rows.count <= Self.rowLimit, useCount >= Self.leastUseCount else { return }
        // In order, their vectors are found and fetched sooner.
        let kept = Rows(rows: rows.sorted(), seenCount: seenCount)
        known.update { $0.rows = kept }
    }

    /// What is known of the entries of lists; nil while the filter is new.
    func masks(blockCount: Int) -> BlockMasks? {
        known.update { known in
            if known.masks == nil, known.useCount >= Self.leastUseCount {
                known.masks = BlockMasks(blockCount: blockCount)
            }
            return known.masks
        }
    }
}
