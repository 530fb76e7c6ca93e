import VDBPrimitives

/// Archives put together by hand, from what `Formats/archive.md` says and nothing else.
enum HandBuilt {
    /// The checksum of the formats, bit by bit; `seed` is one to go on from.
    static func crc(_ bytes: some Sequence<UInt8>, seed: UInt32 = 0) -> UInt32 {
        var state = ~seed
        for byte in bytes {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82F6_3B78 : state >> 1 }
        }
        return ~state
    }

    static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func number(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Puts the right checksum under a header that was changed.
    static func sealHeader(of archive: inout [UInt8]) {
        let size = Int(number(archive[12..<16]))
        archive.replaceSubrange(size - 4..<size, with: bytes(crc(archive[0..<size - 4])))
    }

    /// A zstd frame (RFC 8878) that holds `content` as it is: a single segment with four bytes of
    /// content size, no checksum, one raw block.
    static func frame(_ content: [UInt8]) -> [UInt8] {
        let block = UInt32(content.count) << 3 | 1
        return [0x28, 0xB5, 0x2F, 0xFD, 0b1010_0000] + bytes(UInt32(content.count))
            + bytes(block).prefix(3) + content
    }

    /// A block behind what has the checksum `chain`, which it moves on.
    static func block(rawSize: Int, _ stored: [UInt8], _ chain: inout UInt32) -> [UInt8] {
        let sizes = bytes(UInt32(rawSize)) + bytes(UInt32(stored.count))
        chain = crc(sizes + stored, seed: chain)
        return sizes + bytes(chain) + stored
    }

    static func item(_ kind: UInt8, _ key: [UInt8], _ value: [UInt8] = []) -> [UInt8] {
        [kind, UInt8(key.count), 0, 0] + bytes(UInt32(value.count)) + key + value
    }

    /// What a hand-built archive says of itself.
    struct Plan {
        var schema: [UInt8]
        var identity: (UInt64, UInt64) = (1, 2)
        var formatVersion: UInt32
        var rowCount: UInt32 = 0
        var liveCount: UInt32 = 0
        var applied: UInt64 = 0
        var position: UInt64 = 0
        /// The content of each block.
        var blocks: [[UInt8]]
        var entryCount: UInt64
        var operationCount: UInt64 = 0
    }

    static func archive(_ plan: Plan) -> [UInt8] {
        var archive: [UInt8] = [0x56, 0x44, 0x42, 0x41, 0x52, 0x43, 0x0D, 0x0A]
        archive += bytes(UInt32(1)) + bytes(UInt32(88 + plan.schema.count))
        archive += bytes(plan.formatVersion) + bytes(plan.rowCount) + bytes(plan.liveCount)
        archive += [0, 0, 0, 0] + bytes(plan.identity.0) + bytes(plan.identity.1)
        archive += bytes(Int64(1_700_000_000_000_000))
        archive += bytes(plan.applied) + bytes(plan.position) + bytes(UInt64(0))
        archive += bytes(UInt32(plan.schema.count)) + plan.schema
        var chain = crc(archive)
        archive += bytes(chain)
        for content in plan.blocks {
            archive += block(rawSize: content.count, frame(content), &chain)
        }
        let end =
            bytes(UInt64(plan.blocks.count))
            + bytes(plan.blocks.reduce(UInt64(0)) { $0 + UInt64($1.count) })
            + bytes(plan.entryCount) + bytes(plan.operationCount)
        return archive + block(rawSize: 0, end, &chain)
    }
}
