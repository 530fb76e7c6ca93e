internal import VDBPrimitives

/// What stands before the content of each block, and before that of the end
/// (`Formats/archive.md`, "Blocks").
struct ArchiveBlockHead: Hashable {
    static let size = 12
    /// The most content that a block holds.
    static let rawLimit = 1 << 20
    /// What zstd makes of that at worst.
    static let storedLimit = rawLimit + rawLimit >> 8

    /// Bytes of content, not compressed; 0 says that this is the end.
    let rawSize: Int
    /// Bytes that follow.
    let storedSize: Int
    let checksum: UInt32

    var isEnd: Bool { rawSize == 0 }

    /// The head of `stored`, in the chain after `previous`, the checksum before.
    init(rawSize: Int, stored: [UInt8], after previous: UInt32) {
        self.rawSize = rawSize
        storedSize = stored.count
        checksum = Self.checksum(rawSize, stored, after: previous)
    }

    func encode() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: Self.size)
        writer.write(UInt32(rawSize))
        writer.write(UInt32(storedSize))
        writer.write(checksum)
        return writer.finish()
    }

    /// Reads a head, whose sizes are checked so that nothing large is allocated for nothing.
    init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        let fields = bytes.withUnsafeBytes { field in
            Result { () throws(DecodingFailure) in
                var reader = ByteReader(field)
                return (
                    try reader.read(UInt32.self), try reader.read(UInt32.self),
                    try reader.read(UInt32.self)
                )
            }
        }
        let (raw, stored, checksum) = try fields.get()
        rawSize = Int(raw)
        storedSize = Int(stored)
        self.checksum = checksum
        guard rawSize <= Self.rawLimit else {
            throw .inconsistent("a block of \(rawSize) bytes, \(Self.rawLimit) are allowed")
        }
        let allowed = isEnd ? ArchiveEnd.size...ArchiveEnd.size : 1...Self.storedLimit
        guard allowed.contains(storedSize) else {
            throw .inconsistent(
                "\(storedSize) bytes are stored, "
                    + "\(allowed.lowerBound) … \(allowed.upperBound) are allowed")
        }
    }

    /// Checks what follows the head.
    func check(_ stored: [UInt8], after previous: UInt32) throws(DecodingFailure) {
        let computed = Self.checksum(rawSize, stored, after: previous)
        guard computed == checksum else {
            throw .checksumMismatch(stored: checksum, computed: computed)
        }
    }

    private static func checksum(_ rawSize: Int, _ stored: [UInt8], after seed: UInt32) -> UInt32 {
        var writer = ByteWriter(reservingCapacity: 8)
        writer.write(UInt32(rawSize))
        writer.write(UInt32(stored.count))
        return crc32c(stored, seed: crc32c(writer.bytes, seed: seed))
    }
}

/// What an archive holds, counted: the content of its end (`Formats/archive.md`, "End").
struct ArchiveEnd: Sendable, Hashable {
    static let size = 32

    var blockCount: UInt64 = 0
    /// Bytes of content in all blocks, not compressed.
    var rawSize: UInt64 = 0
    var entryCount: UInt64 = 0
    var operationCount: UInt64 = 0

    init() {}

    func encode() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: Self.size)
        writer.write(blockCount)
        writer.write(rawSize)
        writer.write(entryCount)
        writer.write(operationCount)
        return writer.finish()
    }

    init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        let fields = bytes.withUnsafeBytes { field in
            Result { () throws(DecodingFailure) in
                var reader = ByteReader(field)
                let values = try reader.readArray(of: UInt64.self, count: 4)
                try reader.finish()
                return values
            }
        }
        let values = try fields.get()
        blockCount = values[0]
        rawSize = values[1]
        entryCount = values[2]
        operationCount = values[3]
    }
}
