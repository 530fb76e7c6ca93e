internal import VDBPrimitives

/// The first 64 bytes of a segment; `Formats/log.md`, "Directory and segments".
struct SegmentHeader: Hashable {
    static let size = 64
    static let version: UInt32 = 1
    private static let magic: [UInt8] = [0x56, 0x44, 0x42, 0x4C, 0x4F, 0x47, 0x0D, 0x0A]

    let identity: LogIdentity
    let first: LogPosition
    /// First position of the segment before, `none` if there was none.
    let previousFirst: LogPosition
    /// Final size of the segment before, 0 if there was none.
    let previousSize: Int

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: Self.size)
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(UInt32(0))
        writer.write(identity.first)
        writer.write(identity.second)
        writer.write(first.rawValue)
        writer.write(previousFirst.rawValue)
        writer.write(UInt64(previousSize))
        writer.write(UInt32(0))
        writer.write(crc32c(writer.bytes))
        return writer.finish()
    }
}

extension SegmentHeader {
    /// The name by which a foreign version is reported, with `DecodingFailure.unknownValue`.
    static let versionField = "format version"

    /// Reads a header from the first bytes of a segment.
    init(decoding bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let magic = try reader.readArray(of: UInt8.self, count: Self.magic.count)
        guard magic == Self.magic else {
            throw .inconsistent("it does not begin like a log segment")
        }
        let version = try reader.read(UInt32.self)
        let reserved = try reader.read(UInt32.self)
        identity = LogIdentity(try reader.read(), try reader.read())
        first = LogPosition(try reader.read())
        previousFirst = LogPosition(try reader.read())
        let size = try reader.read(UInt64.self)
        let reservedToo = try reader.read(UInt32.self)
        let computed = crc32c(UnsafeRawBufferPointer(rebasing: bytes[..<reader.offset]))
        let stored = try reader.read(UInt32.self)
        guard stored == computed else {
            throw .checksumMismatch(stored: stored, computed: computed)
        }
        // Only now: a changed bit in the version must not pass for a newer format.
        guard version == Self.version else {
            throw .unknownValue(field: Self.versionField, value: UInt64(version))
        }
        guard reserved == 0, reservedToo == 0, first > .none, first <= .limit,
            let previousSize = Int(exactly: size)
        else { throw .inconsistent("the header's fields are out of range") }
        self.previousSize = previousSize
    }
}

/// How segments are called.
enum SegmentName {
    private static let suffix = ".log"

    static func of(_ first: LogPosition) -> String { hexadecimal(first.rawValue) + suffix }

    /// Whether a file of that name must be a segment.
    static func claims(_ name: String) -> Bool { name.hasSuffix(suffix) }

    /// The position in a segment's name, or nil if it is not exactly such a name.
    static func position(in name: String) -> LogPosition? {
        guard let number = UInt64(name.dropLast(suffix.count), radix: 16) else { return nil }
        let position = LogPosition(number)
        return number > 0 && position <= .limit && name == of(position) ? position : nil
    }
}
