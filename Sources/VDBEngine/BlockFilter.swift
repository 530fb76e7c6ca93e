internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// What a filter says of the blocks that one search comes to.
///
/// A class, as it goes through the inner loop and a copy would count the references of all that it
/// holds.
final class BlockFilter {
    private let filter: CompiledFilter
    private let masks: BlockMasks?
    private let lists: InvertedLists
    private let shape: RecordShape
    private let scratch: SearchScratch

    init(
        _ prepared: PreparedFilter, lists: InvertedLists, shape: RecordShape,
        scratch: SearchScratch
    ) {
        filter = prepared.compiled
        masks = prepared.masks(blockCount: lists.blockCount)
        self.lists = lists
        self.shape = shape
        self.scratch = scratch
    }

    /// Which of a block's entries match, a bit for each, and how many; nil if none does.
    ///
    /// - Parameter ahead: the block to be looked at next, if there is one.
    func matches(
        _ block: ScanBlock, _ index: Int, ahead: (block: ScanBlock, index: Int)?
    ) throws(StorageError) -> (mask: UnsafePointer<UInt64>, count: Int)? {
        if let ahead, masks?[ahead.index] == nil {
            ahead.block.prefetch(columns: filter.columnsUsed, shape: shape)
        }
        let known = masks?[index]
        guard let mask = known == nil ? try evaluated(block, index) : known else { return nil }
        var count = 0
        for word in 0..<ListBlock.capacity / 64 { count += mask[word].nonzeroBitCount }
        return count > 0 ? (mask, count) : nil
    }

    /// The mask from the block's own columns.
    private func evaluated(
        _ block: ScanBlock, _ index: Int
    ) throws(StorageError) -> UnsafePointer<UInt64>? {
        try lists.columns(
            ofBlock: index, block, shape: shape, through: filter.columnsUsed.last ?? -1,
            into: &scratch.views.value)
        if filter.verdict(for: scratch.views.value) == .none {
            scratch.mask.update(repeating: 0)
        } else {
            filter.evaluate(scratch.views.value, count: block.count, into: scratch.mask)
        }
        masks?.keep(scratch.mask, of: index)
        return UnsafePointer(scratch.mask.baseAddress)
    }
}
