package import VDBQuantizers

/// Estimates of a block's entries by the distance table of one query.
package enum BlockScan {
    /// Puts estimates below `threshold`, and the positions of their entries, into `output`, which
    /// has room for a whole block.
    ///
    /// - Parameters:
    ///   - base: the query's distance to the list's centroid.
    ///   - mask: one bit an entry; nil lets all through.
    /// - Returns: how many were let through.
    package static func run(
        _ block: ListBlock, table: borrowing DistanceTable, base: Float, threshold: Float,
        mask: UnsafePointer<UInt64>?, into output: DistanceTable.Output
    ) -> Int {
        // Padding entries of whole groups have β = ∞ and are never let through.
        let count =
            block.codec == .pq4 ? ListBlock.paddedCount(block.count) : block.count
        // Little-endian: the halves of the words are the masks of the groups, in order.
        let masks = mask.map { UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self) }
        return table.scan(
            codes: block.codes, count: count, alpha: block.alphas, beta: block.betas, base: base,
            threshold: threshold, masks: masks, into: output)
    }
}
