internal import CVDBKernels

// Continues Kernels.swift with the kernels of bits.

/// Hamming distances of packed bits: `size` bytes a vector, whose unused bits are zero.
package enum HammingKernel {
    /// The number of bits in which two vectors differ.
    package static func distance(
        _ query: UnsafePointer<UInt8>, _ vector: UnsafeRawPointer, size: Int
    ) -> Int {
        Int(vdb_hamming(query, vector, size))
    }

    /// The distances to `count` vectors that start `stride` bytes apart.
    package static func distances(
        _ query: UnsafePointer<UInt8>, rows: UnsafeRawPointer, stride: Int, count: Int, size: Int,
        into distances: UnsafeMutablePointer<Float>
    ) {
        vdb_hamming_rows(query, rows, stride, count, size, distances)
    }

    /// The distances to `count` vectors anywhere, which are prefetched in turn. No pointer is nil.
    package static func distances(
        _ query: UnsafePointer<UInt8>, gathering rows: UnsafePointer<UnsafeRawPointer?>,
        count: Int, size: Int, into distances: UnsafeMutablePointer<Float>
    ) {
        vdb_hamming_gather(query, rows, count, size, distances)
    }

    /// Scans a block whose codes are the vectors themselves: writes, in order, distances below the
    /// threshold and the positions of their entries, of those whose bit in `masks` (one word for
    /// 32 entries; nil: all) is set. Returns how many.
    ///
    /// - Parameters:
    ///   - ahead: the block to be scanned next, which is prefetched.
    ///   - distances: room for the entries scanned, rounded up to 8; `positions` likewise.
    package static func scan(
        _ query: UnsafePointer<UInt8>, size: Int, _ block: CodeBlock, ahead: CodeBlock?,
        from start: ScanStart, masks: UnsafePointer<UInt32>?,
        distances: UnsafeMutablePointer<Float>, positions: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var bits = vdb_bits_query(
            bits: query, size: size, threshold: start.threshold, first: start.first)
        return vdb_scan_bits(
            &bits, block.codes, block.count, ahead?.codes, ahead?.count ?? 0, masks, distances,
            positions)
    }
}
