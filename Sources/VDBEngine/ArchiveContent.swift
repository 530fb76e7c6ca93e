internal import VDBPrimitives

/// Gives the next bytes of an archive: fills the front of the buffer and returns how many bytes it
/// filled, 0 only at the end.
package typealias ArchiveSource = (UnsafeMutableRawBufferPointer) throws(EngineError) -> Int

/// The header of an archive, and the content of its blocks as if it were one run of bytes; checked
/// by all checksums and by what the end says (`Formats/archive.md`, "Blocks").
///
/// Memory: one block.
struct ArchiveContent: ~Copyable {
    let header: ArchiveHeader
    private let source: ArchiveSource
    private let decompressor: FrameDecompressor
    /// Bytes taken from the source.
    private(set) var offset: Int
    /// Where the block in hand begins.
    private(set) var blockOffset = 0
    /// The checksum that the next one goes on from.
    private var chain: UInt32
    /// What is left of the block in hand.
    private var rest: ArraySlice<UInt8> = []
    private var blockCount: UInt64 = 0
    private var rawSize: UInt64 = 0
    /// What the end says; nil before it.
    private(set) var end: ArchiveEnd?

    /// Reads the header.
    init(from source: @escaping ArchiveSource) throws(EngineError) {
        var bytes = try Self.read(ArchiveHeader.prefixSize, from: source)
        if bytes.count < ArchiveHeader.prefixSize {
            throw .archive(
                ArchiveHeader.isBeginning(bytes) ? .cut(offset: bytes.count) : .foreign)
        }
        let size = try archiving { () throws(ArchiveError) in
            try ArchiveHeader.size(prefix: bytes)
        }
        bytes += try Self.read(size - bytes.count, from: source)
        guard bytes.count == size else { throw .archive(.cut(offset: bytes.count)) }
        let header = try archiving { () throws(ArchiveError) in
            try ArchiveHeader(decoding: bytes)
        }
        decompressor = try archiving { () throws(ArchiveError) in try FrameDecompressor() }
        self.header = header
        self.source = source
        offset = size
        chain = ArchiveHeader.checksum(of: bytes)
    }

    /// Whether all content has been read; then the end has been found right, and nothing behind it.
    mutating func isAtEnd() throws(EngineError) -> Bool {
        if rest.isEmpty && end == nil { try readBlock() }
        return end != nil
    }

    /// The next `count` bytes of content, which must be there.
    mutating func read(_ count: Int) throws(EngineError) -> [UInt8] {
        var bytes: [UInt8] = []
        // Not more at once than a block proves: the count may be anything.
        bytes.reserveCapacity(min(count, ArchiveBlockHead.rawLimit))
        while bytes.count < count {
            guard try !isAtEnd() else {
                throw damaged(.truncated(needed: count, available: bytes.count))
            }
            let part = rest.prefix(count - bytes.count)
            bytes += part
            rest = rest.dropFirst(part.count)
        }
        return bytes
    }

    /// The error for something wrong in the block in hand.
    func damaged(_ reason: DecodingFailure) -> EngineError {
        .archive(.damaged(offset: blockOffset, reason: reason))
    }

    /// Reads the next block, or the end.
    private mutating func readBlock() throws(EngineError) {
        blockOffset = offset
        let bytes = try take(ArchiveBlockHead.size)
        let head: ArchiveBlockHead
        do throws(DecodingFailure) {
            head = try ArchiveBlockHead(decoding: bytes)
        } catch {
            throw damaged(error)
        }
        let stored = try take(head.storedSize)
        do throws(DecodingFailure) {
            try head.check(stored, after: chain)
            chain = head.checksum
            if head.isEnd {
                let end = try ArchiveEnd(decoding: stored)
                try checkSizes(end)
                self.end = end
            } else {
                rest = try decompressor.decompress(stored, size: head.rawSize)[...]
                blockCount += 1
                rawSize += UInt64(head.rawSize)
            }
        } catch {
            throw damaged(error)
        }
        if head.isEnd, try !Self.read(1, from: source).isEmpty {
            throw .archive(
                .damaged(offset: offset, reason: .inconsistent("bytes follow its end")))
        }
    }

    private func checkSizes(_ end: ArchiveEnd) throws(DecodingFailure) {
        guard end.blockCount == blockCount, end.rawSize == rawSize else {
            throw .inconsistent(
                "\(end.blockCount) blocks of \(end.rawSize) bytes are said to be there, "
                    + "\(blockCount) of \(rawSize) were read")
        }
    }

    private mutating func take(_ count: Int) throws(EngineError) -> [UInt8] {
        let bytes = try Self.read(count, from: source)
        offset += bytes.count
        guard bytes.count == count else { throw .archive(.cut(offset: offset)) }
        return bytes
    }

    /// The next `count` bytes; fewer only at the end.
    private static func read(
        _ count: Int, from source: ArchiveSource
    ) throws(EngineError) -> [UInt8] {
        var failure: EngineError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let room = UnsafeMutableRawBufferPointer(buffer)
            do throws(EngineError) {
                while initialized < count {
                    let part = UnsafeMutableRawBufferPointer(rebasing: room[initialized...])
                    let found = try source(part)
                    guard (0...part.count).contains(found) else {
                        throw .archive(
                            .stream(reason: "\(found) bytes came, \(part.count) were asked for"))
                    }
                    if found == 0 { break }
                    initialized += found
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
