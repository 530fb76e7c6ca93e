/// The inner products of one query with all codewords, from which a scan adds up estimates.
///
/// Reused from query to query: building allocates nothing. For 4-bit codes the table is quantized
/// to 8 bits with one scale for all subspaces, so that it fits in registers; 8-bit codes use
/// floats. Not for two threads at a time.
package struct DistanceTable: ~Copyable {
    package let shape: ProductQuantizer.Shape
    private var query: [Float]
    private var floats: [Float]
    private var bytes: [UInt8]
    /// ⟨q, r̂⟩ · factor ≈ scale · (sum of bytes) + bias; 4-bit codes only.
    package private(set) var scale: Float = 0
    package private(set) var bias: Float = 0

    /// Room for tables of one shape; call `build` before the first scan.
    package init(shape: ProductQuantizer.Shape) {
        self.shape = shape
        query = [Float](repeating: 0, count: shape.paddedDimension)
        let count = shape.subspaceCount * shape.codewordCount
        floats = [Float](repeating: 0, count: count)
        bytes = [UInt8](repeating: 0, count: shape.bitsPerSubspace == 4 ? count : 0)
    }

    /// Fills the table for a query [d]; `factor` multiplies all entries: 2 for the Euclidean
    /// distance, 1 for the inner product.
    package mutating func build(
        query source: UnsafePointer<Float>, quantizer: ProductQuantizer, factor: Float
    ) {
        precondition(
            quantizer.shape == shape, "table of \(shape) for a quantizer of \(quantizer.shape)")
        for t in 0..<shape.dimension { query[t] = factor * source[t] }
        CodeKernel.table(query, codebook: quantizer.codebook, shape: shape, into: &floats)
        if shape.bitsPerSubspace == 4 {
            (scale, bias) = CodeKernel.quantize(
                floats, subspaceCount: shape.subspaceCount, into: &bytes)
        }
    }

    /// Where a scan puts what it keeps; each has room for the entries scanned, rounded up to 32.
    package struct Output {
        package let estimates: UnsafeMutablePointer<Float>
        package let positions: UnsafeMutablePointer<UInt32>

        package init(
            estimates: UnsafeMutablePointer<Float>, positions: UnsafeMutablePointer<UInt32>
        ) {
            self.estimates = estimates
            self.positions = positions
        }
    }

    /// Estimates `base + beta[i] − alpha[i] · ⟨q, r̂_i⟩ · factor` for `count` entries and keeps, in
    /// order, those below `threshold` whose bit in `masks` (one word for 32 entries; nil: all) is
    /// set. Returns how many.
    ///
    /// `codes` are groups of 32 for 4 bits, and then `count` is a multiple of 32, with padding
    /// entries of alpha 0 and beta +infinity, which are never kept; rows of M bytes for 8 bits.
    package borrowing func scan(
        codes: UnsafePointer<UInt8>, count: Int, alpha: UnsafePointer<Float>,
        beta: UnsafePointer<Float>, base: Float, threshold: Float,
        masks: UnsafePointer<UInt32>?, into output: Output
    ) -> Int {
        if shape.bitsPerSubspace == 4 {
            precondition(count % 32 == 0, "scan of \(count) entries in groups of 32")
            return CodeKernel.scan4(
                groups: codes, groupCount: count / 32, subspaceCount: shape.subspaceCount,
                table: bytes, scale: scale, bias: bias, alpha: alpha, beta: beta, base: base,
                threshold: threshold, masks: masks, estimates: output.estimates,
                positions: output.positions)
        }
        return CodeKernel.scan8(
            codes: codes, count: count, subspaceCount: shape.subspaceCount, table: floats,
            alpha: alpha, beta: beta, base: base, threshold: threshold, masks: masks,
            estimates: output.estimates, positions: output.positions)
    }
}
