internal import CZstd

/// Compression of short texts of bytes with zstd (RFC 8878), each on its own.
///
/// Holds the library's working memory, so that many can be compressed one after the other. Not for
/// several threads at a time.
package struct ZstdCompressor: ~Copyable {
    /// The level that the library takes for its default: fast, and nearly as small as higher ones.
    private static let level: Int32 = 3

    private let context: OpaquePointer
    private let dictionary: OpaquePointer?

    /// - Parameter dictionary: bytes that texts have in common, as `Zstd.trainDictionary` makes
    ///   them; nil for none.
    package init?(dictionary bytes: [UInt8]?) {
        guard let context = ZSTD_createCCtx() else { return nil }
        var made: OpaquePointer?
        if let bytes {
            made = ZSTD_createCDict(bytes, bytes.count, Self.level)
            if made == nil {
                ZSTD_freeCCtx(context)
                return nil
            }
        }
        self.context = context
        dictionary = made
    }

    deinit {
        ZSTD_freeCDict(dictionary)
        ZSTD_freeCCtx(context)
    }

    /// The compressed bytes; nil if they would not be fewer.
    package borrowing func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 1 else { return nil }
        let capacity = bytes.count - 1
        var size = 0
        let compressed = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            size =
                if let dictionary {
                    ZSTD_compress_usingCDict(
                        context, buffer.baseAddress, capacity, bytes, bytes.count, dictionary)
                } else {
                    ZSTD_compressCCtx(
                        context, buffer.baseAddress, capacity, bytes, bytes.count, Self.level)
                }
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        return ZSTD_isError(size) == 0 ? compressed : nil
    }
}

/// Decompression of what `ZstdCompressor` made.
package enum Zstd {
    /// What a block of a frame decompresses to at most; its header has three bytes (RFC 8878,
    /// 3.1.1.2).
    private static let blockSize = 128 << 10

    /// The bytes that `compressed` stands for.
    ///
    /// - Parameters:
    ///   - size: how many they are; more are refused, and fewer.
    ///   - dictionary: the one that they were compressed with, if there was one.
    package static func decompress(
        _ compressed: UnsafeRawBufferPointer, size: Int, dictionary: [UInt8]? = nil
    ) throws(DecodingFailure) -> [UInt8] {
        // Memory is taken for what the frame's blocks can hold, whatever it is said to be.
        let blockCount = compressed.count / 3
        guard size <= blockCount * Self.blockSize else {
            throw .inconsistent(
                "\(size) bytes are said to be in a zstd frame of \(compressed.count)")
        }
        guard let context = ZSTD_createDCtx() else {
            throw .inconsistent("zstd has no memory to decompress \(size) bytes")
        }
        defer { ZSTD_freeDCtx(context) }
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            result = ZSTD_decompress_usingDict(
                context, buffer.baseAddress, size, compressed.baseAddress, compressed.count,
                dictionary ?? [], dictionary?.count ?? 0)
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        guard ZSTD_isError(result) == 0 else {
            let reason = ZSTD_getErrorName(result).map { String(cString: $0) } ?? "unknown error"
            throw .inconsistent("zstd: \(reason)")
        }
        guard bytes.count == size else {
            throw .inconsistent("\(bytes.count) bytes decompressed, \(size) expected")
        }
        return bytes
    }

    /// What `samples` have in common, in at most `capacity` bytes; nil if there is too little.
    package static func trainDictionary(_ samples: [[UInt8]], capacity: Int) -> [UInt8]? {
        let joined = Array(samples.joined())
        let sizes = samples.map(\.count)
        var size = 0
        let dictionary = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            size = ZDICT_trainFromBuffer(
                buffer.baseAddress, capacity, joined, sizes, UInt32(sizes.count))
            count = ZDICT_isError(size) == 0 ? size : 0
        }
        return dictionary.isEmpty ? nil : dictionary
    }
}
