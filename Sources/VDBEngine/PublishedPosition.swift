internal import VDBLog
internal import VDBPrimitives

/// How far the writing process has acknowledged, as its lock file tells the reading ones
/// (`Formats/log.md`, "writer.lock").
enum PublishedPosition: Hashable {
    /// Records up to here are acknowledged, all that others may see.
    case through(LogPosition)
    /// A writer is recovering, or nobody has written the file yet: what is valid in the log counts.
    case unknown

    static let size = 16

    private enum Stage: UInt32 {
        case published = 1
        case recovering = 2
    }

    func encode(_ identity: LogIdentity) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: Self.size)
        switch self {
        case .through(let position):
            writer.write(position.rawValue)
            writer.write(Stage.published.rawValue)
        case .unknown:
            writer.write(UInt64(0))
            writer.write(Stage.recovering.rawValue)
        }
        writer.write(Self.checksum(writer.bytes, identity))
        return writer.finish()
    }

    /// What the `size` bytes of a lock file say; whatever it cannot have meant is unknown.
    init(decoding field: UnsafeRawBufferPointer, _ identity: LogIdentity) {
        var reader = ByteReader(field)
        guard let position = try? reader.read(UInt64.self),
            let stage = try? reader.read(UInt32.self),
            let stored = try? reader.read(UInt32.self),
            stage == Stage.published.rawValue, position <= LogPosition.limit.rawValue,
            stored == Self.checksum(Array(field.prefix(12)), identity)
        else {
            self = .unknown
            return
        }
        self = .through(LogPosition(position))
    }

    private static func checksum(_ bytes: [UInt8], _ identity: LogIdentity) -> UInt32 {
        var seed = ByteWriter(reservingCapacity: 16)
        seed.write(identity.first)
        seed.write(identity.second)
        return crc32c(bytes, seed: crc32c(seed.bytes))
    }
}
