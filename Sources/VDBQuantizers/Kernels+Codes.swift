internal import CVDBKernels

// Continues Kernels.swift with the kernels of product quantization.

/// Kernels of product quantization. M subspaces of s dimensions with K codewords each.
package enum CodeKernel {
    /// Bytes of a group of 32 entries with 4-bit codes.
    package static func groupSize(subspaceCount: Int) -> Int { vdb_pq4_group_size(subspaceCount) }

    /// Packs 32 × M codes below 16, one byte each, into a group.
    package static func pack(
        _ codes: UnsafePointer<UInt8>, subspaceCount: Int, into group: UnsafeMutablePointer<UInt8>
    ) { vdb_pq4_pack(codes, subspaceCount, group) }

    /// The inverse of ``pack(_:subspaceCount:into:)``.
    package static func unpack(
        _ group: UnsafePointer<UInt8>, subspaceCount: Int, into codes: UnsafeMutablePointer<UInt8>
    ) { vdb_pq4_unpack(group, subspaceCount, codes) }

    /// Half the squared norm of each codeword, [M][K].
    static func halfNorms(_ codebook: [Float], shape: ProductQuantizer.Shape) -> [Float] {
        var result = [Float](repeating: 0, count: shape.subspaceCount * shape.codewordCount)
        vdb_pq_half_norms(
            codebook, shape.subspaceCount, shape.subspaceDimension, shape.codewordCount, &result)
        return result
    }

    /// The nearest codewords of `count` rows, `stride` floats apart, of `paddedDimension` floats.
    static func encode(
        _ rows: UnsafePointer<Float>, count: Int, stride: Int, codebook: [Float],
        halfNorms: [Float], shape: ProductQuantizer.Shape, into codes: UnsafeMutablePointer<UInt8>
    ) {
        vdb_pq_encode(
            rows, count, stride, codebook, halfNorms, shape.subspaceCount,
            shape.subspaceDimension, shape.codewordCount, codes)
    }

    /// Inner products of a query of `paddedDimension` floats with all codewords, [M][K].
    static func table(
        _ query: UnsafePointer<Float>, codebook: [Float], shape: ProductQuantizer.Shape,
        into table: UnsafeMutablePointer<Float>
    ) {
        vdb_pq_table(
            query, codebook, shape.subspaceCount, shape.subspaceDimension, shape.codewordCount,
            table)
    }

    /// A float table [M][16] in bytes with one scale and one bias.
    static func quantize(
        _ table: UnsafePointer<Float>, subspaceCount: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) -> (scale: Float, bias: Float) {
        var scale: Float = 0
        var bias: Float = 0
        vdb_quantize_table(table, subspaceCount, bytes, &scale, &bias)
        return (scale, bias)
    }

    /// Scans groups of 4-bit codes; `DistanceTable.scan` says what is kept.
    static func scan4(
        _ block: CodeBlock, ahead: CodeBlock?, subspaceCount: Int, table: UnsafePointer<UInt8>,
        scale: Float, bias: Float, start: ScanStart, masks: UnsafePointer<UInt32>?,
        estimates: UnsafeMutablePointer<Float>, positions: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var query = vdb_pq4_query(
            table: table, M: subspaceCount, scale: scale, bias: bias, base: start.base,
            beta_factor: start.betaFactor, threshold: start.threshold, first: start.first)
        var groups = block.groups
        guard var next = ahead?.groups else {
            return vdb_scan_pq4(&query, &groups, nil, masks, estimates, positions)
        }
        return vdb_scan_pq4(&query, &groups, &next, masks, estimates, positions)
    }

    /// Scans rows of 8-bit codes.
    static func scan8(
        _ block: CodeBlock, subspaceCount: Int, table: UnsafePointer<Float>, start: ScanStart,
        masks: UnsafePointer<UInt32>?, estimates: UnsafeMutablePointer<Float>,
        positions: UnsafeMutablePointer<UInt32>
    ) -> Int {
        vdb_scan_pq8(
            block.codes, block.count, subspaceCount, table, 0, block.alphas, block.betas,
            start.base, start.betaFactor, start.threshold, start.first, masks, estimates,
            positions)
    }
}

extension CodeBlock {
    fileprivate var groups: vdb_pq4_block {
        vdb_pq4_block(
            groups: codes, alpha: alphas, beta: betas, groupCount: (count + 31) / 32)
    }
}
