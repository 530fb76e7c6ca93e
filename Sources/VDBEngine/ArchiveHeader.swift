internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// The beginning of an archive (`Formats/archive.md`, "Header").
struct ArchiveHeader: Sendable, Hashable {
    static let version: UInt32 = 1
    /// Bytes up to the header's size, the same in all versions to come.
    static let prefixSize = 16
    /// Bytes without the schema.
    private static let fixedSize = 88
    private static let sizeLimit = 16 << 20
    private static let magic: [UInt8] = [0x56, 0x44, 0x42, 0x41, 0x52, 0x43, 0x0D, 0x0A]

    /// Of the tables.
    var formatVersion: UInt32
    /// Rows in the tables.
    var rowCount: UInt32
    /// Records that the restored database shows.
    var liveCount: UInt32
    /// Of the database that was backed up.
    var identity: LogIdentity
    var takenMicroseconds: Int64
    var appliedPosition: UInt64
    var position: UInt64
    /// Bytes of the tables' pages; a hint.
    var tableSize: UInt64
    var schema: Schema

    /// The header of an archive of what `snapshot` shows.
    init(of snapshot: Snapshot, schema: Schema) throws(StorageError) {
        let manifest = snapshot.stored.manifest
        let access = snapshot.stored.access
        formatVersion = manifest.formatVersion
        rowCount = manifest.rowCount
        liveCount = UInt32(snapshot.liveCount)
        identity = LogIdentity(manifest.identity.0, manifest.identity.1)
        takenMicroseconds = Platform.wallMicroseconds
        appliedPosition = manifest.appliedPosition
        position = snapshot.position.rawValue
        tableSize = 0
        for name in TableName.allCases {
            tableSize += UInt64(try access.statistics(access.environment.table(name)).size)
        }
        self.schema = schema
    }

    func encode() -> [UInt8] {
        let schemaBytes = schema.encode()
        var writer = ByteWriter(reservingCapacity: Self.fixedSize + schemaBytes.count)
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(UInt32(Self.fixedSize + schemaBytes.count))
        writer.write(formatVersion)
        writer.write(rowCount)
        writer.write(liveCount)
        writer.write(UInt32(0))
        writer.write(identity.first)
        writer.write(identity.second)
        writer.write(takenMicroseconds)
        writer.write(appliedPosition)
        writer.write(position)
        writer.write(tableSize)
        writer.write(UInt32(schemaBytes.count))
        writer.write(schemaBytes)
        writer.write(crc32c(writer.bytes))
        return writer.finish()
    }

    /// Whether bytes that are too few may be the first ones of an archive.
    static func isBeginning(_ bytes: [UInt8]) -> Bool {
        !bytes.isEmpty && zip(bytes, magic).allSatisfy { $0 == $1 }
    }

    /// The checksum at the end of a whole header, from which the blocks' go on.
    static func checksum(of header: [UInt8]) -> UInt32 {
        header.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The whole header's size, as its first bytes say.
    ///
    /// - Parameter prefix: the first `prefixSize` bytes.
    static func size(prefix: [UInt8]) throws(ArchiveError) -> Int {
        guard prefix.prefix(magic.count) == magic[...] else { throw .foreign }
        let size = prefix.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard (fixedSize...sizeLimit).contains(size) else {
            throw .damaged(
                offset: 12,
                reason: .inconsistent(
                    "the header has \(size) bytes, \(fixedSize) … \(sizeLimit) are allowed"))
        }
        return size
    }

    /// Reads a whole header, whose size has been checked.
    init(decoding bytes: [UInt8]) throws(ArchiveError) {
        let stored = Self.checksum(of: bytes)
        let computed = crc32c(Array(bytes.dropLast(4)))
        guard stored == computed else {
            throw .damaged(
                offset: 0, reason: .checksumMismatch(stored: stored, computed: computed))
        }
        // Only now: a changed bit in a version must not pass for a newer program's.
        let result = bytes.withUnsafeBytes { field in
            Result { () throws(ArchiveError) in try Self(decoding: field) }
        }
        self = try result.get()
    }

    private init(decoding bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        do throws(DecodingFailure) {
            var reader = ByteReader(bytes, offset: Self.magic.count)
            let version = try reader.read(UInt32.self)
            guard version == Self.version else {
                throw .unknownValue(field: Self.versionField, value: UInt64(version))
            }
            _ = try reader.read(UInt32.self)
            formatVersion = try reader.read()
            guard Manifest.knownFormatVersions.contains(formatVersion) else {
                throw .unknownValue(field: Self.formatField, value: UInt64(formatVersion))
            }
            rowCount = try reader.read()
            liveCount = try reader.read()
            _ = try reader.read(UInt32.self)
            identity = LogIdentity(try reader.read(), try reader.read())
            takenMicroseconds = try reader.read()
            appliedPosition = try reader.read()
            position = try reader.read()
            tableSize = try reader.read()
            let schemaSize = Int(try reader.read(UInt32.self))
            schema = try Schema(decoding: try reader.readBytes(schemaSize))
            _ = try reader.read(UInt32.self)
            try reader.finish()
            guard position >= appliedPosition, position <= LogPosition.limit.rawValue else {
                throw .inconsistent(
                    "position \(position) is before the applied one, \(appliedPosition), or above "
                        + "\(LogPosition.limit)")
            }
        } catch {
            throw Self.refusal(error)
        }
    }

    private static let versionField = "archive version"
    private static let formatField = "format version"

    private static func refusal(_ failure: DecodingFailure) -> ArchiveError {
        switch failure {
        case .unknownValue(versionField, let value):
            .unsupportedVersion(UInt32(value), supported: version)
        case .unknownValue(formatField, let value):
            .unsupportedFormat(UInt32(value), supported: Manifest.currentFormatVersion)
        default:
            .damaged(offset: 0, reason: failure)
        }
    }
}
