internal import CVDBKernels

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, going on from `seed`.
package func crc32c(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
    vdb_crc32c(seed, bytes.baseAddress, bytes.count)
}

/// CRC-32C of an array.
package func crc32c(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { crc32c($0, seed: seed) }
}
