/// A run of entries as a scan reads them: codes and corrections, in place.
///
/// Valid as long as the memory that they lie in.
package struct CodeBlock {
    /// For 4 bits, groups of 32 entries, the last one padded; for 8 bits, and for exact codes, rows
    /// of M bytes.
    package let codes: UnsafePointer<UInt8>
    /// For each entry; for 4 bits also for those that pad the last group, with α = 0 and β = ∞,
    /// so that they are never kept. Exact codes have none.
    package let alphas: UnsafePointer<Float>
    package let betas: UnsafePointer<Float>
    package let count: Int

    package init(
        codes: UnsafePointer<UInt8>, alphas: UnsafePointer<Float>, betas: UnsafePointer<Float>,
        count: Int
    ) {
        self.codes = codes
        self.alphas = alphas
        self.betas = betas
        self.count = count
    }
}

/// Where a scan of one block starts from.
package struct ScanStart {
    /// The query's distance to the centroid of the list.
    package let base: Float
    /// By what β counts; at least 0. 1 for lists by Euclidean distance.
    package let betaFactor: Float
    /// Estimates that are not below it are dropped.
    package let threshold: Float
    /// The position of the first entry.
    package let first: UInt32

    package init(base: Float, betaFactor: Float = 1, threshold: Float, first: UInt32) {
        self.base = base
        self.betaFactor = betaFactor
        self.threshold = threshold
        self.first = first
    }
}
