internal import CZstd
internal import VDBPrimitives

/// Makes zstd frames (RFC 8878), each by itself; used by one thread at a time.
final class FrameCompressor: @unchecked Sendable {
    // @unchecked: the context is not shared, see above.
    private let context: OpaquePointer

    /// - Parameter level: how much to try: within `levels`.
    init(level: Int) throws(ArchiveError) {
        guard let context = ZSTD_createCCtx() else {
            throw .compressor(reason: "there is no memory for compressing")
        }
        self.context = context
        for (parameter, value) in [
            (ZSTD_c_compressionLevel, Int32(level)), (ZSTD_c_checksumFlag, 1),
            (ZSTD_c_contentSizeFlag, 1),
        ] {
            _ = try Self.check(ZSTD_CCtx_setParameter(context, parameter, value))
        }
    }

    deinit { ZSTD_freeCCtx(context) }

    /// The levels that the library has, from fast to small.
    static var levels: ClosedRange<Int> { 1...Int(ZSTD_maxCLevel()) }

    func compress(_ content: [UInt8]) throws(ArchiveError) -> [UInt8] {
        let bound = ZSTD_compressBound(content.count)
        var result = 0
        let frame = [UInt8](unsafeUninitializedCapacity: bound) { buffer, initialized in
            result = content.withUnsafeBytes {
                ZSTD_compress2(context, buffer.baseAddress, bound, $0.baseAddress, $0.count)
            }
            initialized = ZSTD_isError(result) == 0 ? result : 0
        }
        _ = try Self.check(result)
        return frame
    }

    private static func check(_ result: Int) throws(ArchiveError) -> Int {
        guard ZSTD_isError(result) == 0 else {
            throw .compressor(reason: "zstd: " + String(cString: ZSTD_getErrorName(result)))
        }
        return result
    }
}

/// Reads zstd frames; used by one thread at a time.
struct FrameDecompressor: ~Copyable {
    private let context: OpaquePointer

    init() throws(ArchiveError) {
        guard let context = ZSTD_createDCtx() else {
            throw .compressor(reason: "there is no memory for decompressing")
        }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// The content of one frame, which must have exactly `size` bytes.
    func decompress(_ frame: [UInt8], size: Int) throws(DecodingFailure) -> [UInt8] {
        var result = 0
        let content = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            result = frame.withUnsafeBytes {
                ZSTD_decompressDCtx(
                    context, buffer.baseAddress, size, $0.baseAddress, $0.count)
            }
            initialized = ZSTD_isError(result) == 0 ? result : 0
        }
        guard ZSTD_isError(result) == 0 else {
            throw .inconsistent("zstd: " + String(cString: ZSTD_getErrorName(result)))
        }
        guard content.count == size else {
            throw .inconsistent("a block of \(content.count) bytes, it says \(size)")
        }
        return content
    }
}
