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
        if let rotation = quantizer.rotation {
            rotation.apply(to: source, into: &query)
            for t in 0..<shape.dimension { query[t] *= factor }
        } else {
            for t in 0..<shape.dimension { query[t] = factor * source[t] }
        }
        CodeKernel.table(query, codebook: quantizer.codebook, shape: shape, into: &floats)
        if shape.bitsPerSubspace == 4 {
            (scale, bias) = CodeKernel.quantize(
                floats, subspaceCount: shape.subspaceCount, into: &bytes)
        }
    }

    /// Estimates `base + betaFactor · beta[i] − alpha[i] · ⟨q, r̂_i⟩ · factor` for the entries of a
    /// block and writes, in order, those below the threshold whose bit in `masks` (one word for 32
    /// entries; nil: all) is set. Returns how many.
    ///
    /// - Parameters:
    ///   - ahead: the block to be scanned next, which is prefetched.
    ///   - estimates: room for the entries scanned, rounded up to 32; `positions` likewise.
    package borrowing func scan(
        _ block: CodeBlock, ahead: CodeBlock?, from start: ScanStart,
        masks: UnsafePointer<UInt32>?, estimates: UnsafeMutablePointer<Float>,
        positions: UnsafeMutablePointer<UInt32>
    ) -> Int {
        if shape.bitsPerSubspace == 4 {
            return CodeKernel.scan4(
                block, ahead: ahead, subspaceCount: shape.subspaceCount, table: bytes,
                scale: scale, bias: bias, start: start, masks: masks, estimates: estimates,
                positions: positions)
        }
        return CodeKernel.scan8(
            block, subspaceCount: shape.subspaceCount, table: floats, start: start, masks: masks,
            estimates: estimates, positions: positions)
    }
}
