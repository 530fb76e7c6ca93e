package import VDBPrimitives
package import VDBStorage

/// What a database is and how far it has come: one record, rewritten in every write transaction
/// (`Formats/database.md`, "manifest").
package struct Manifest: Sendable, Hashable {
    /// The format that this code writes.
    package static let currentFormatVersion: UInt32 = 6
    /// Those that it reads.
    package static let knownFormatVersions = 1...currentFormatVersion
    /// "VectorDB" in ASCII.
    private static let magic: UInt64 = 0x4244_726F_7463_6556
    private static let layoutVersion: UInt8 = 1
    // What is above them is refused, so that counting on never overflows.
    private static let positionLimit: UInt64 = 1 << 62
    private static let numberLimit = UInt32.max - 1 << 24

    package var formatVersion = currentFormatVersion
    /// Drawn when the database is created; the log's segments carry it too.
    package var identity: (UInt64, UInt64)
    package var createdMicroseconds: Int64
    package var checkpointMicroseconds: Int64 = 0
    /// The last log record whose effect the tables hold.
    package var appliedPosition: UInt64 = 0
    /// Rows given out, dead ones included; the next row's number.
    package var rowCount: UInt32 = 0
    package var liveCount: UInt32 = 0
    /// Rows per value of the table `vectors`, a power of two.
    package var vectorChunkRowCount: UInt32
    /// The models in force; 0 while search is exact.
    package var generation: UInt32 = 0
    /// The next number of a generation of models; never reused.
    package var nextGeneration: UInt32 = 1
    /// The next number of a list; never reused. Lists from here on are left-overs of a build
    /// that did not finish.
    package var nextList: UInt32 = 1

    package init(identity: (UInt64, UInt64), createdMicroseconds: Int64, shape: RecordShape) {
        self.identity = identity
        self.createdMicroseconds = createdMicroseconds
        vectorChunkRowCount = UInt32(VectorChunk.rowCount(vectorSize: shape.vectorSize))
    }

    package func encode() -> [UInt8] {
        var writer = SealedValue.writer(kind: ValueKind.manifest, version: Self.layoutVersion)
        writer.write(Self.magic)
        writer.write(formatVersion)
        writer.write(vectorChunkRowCount)
        writer.write(identity.0)
        writer.write(identity.1)
        writer.write(createdMicroseconds)
        writer.write(checkpointMicroseconds)
        writer.write(appliedPosition)
        writer.write(rowCount)
        writer.write(liveCount)
        writer.write(generation)
        writer.write(nextGeneration)
        writer.write(nextList)
        writer.write(UInt32(0))
        return SealedValue.seal(writer, key: Keys.manifest)
    }

    private init(decoding body: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(body)
        guard try reader.read(UInt64.self) == Self.magic else {
            throw .inconsistent("this is not a VectorDB database")
        }
        formatVersion = try reader.read()
        let known = Self.knownFormatVersions
        guard known.contains(formatVersion) else {
            throw .unsupportedVersion(
                UInt64(formatVersion), known: UInt64(known.lowerBound)...UInt64(known.upperBound))
        }
        vectorChunkRowCount = try reader.read()
        identity = (try reader.read(), try reader.read())
        createdMicroseconds = try reader.read()
        checkpointMicroseconds = try reader.read()
        appliedPosition = try reader.read()
        rowCount = try reader.read()
        liveCount = try reader.read()
        generation = try reader.read()
        nextGeneration = try reader.read()
        nextList = try reader.read()
        _ = try reader.read(UInt32.self)
        try reader.finish()
        guard vectorChunkRowCount.nonzeroBitCount == 1,
            VectorChunk.rowCounts.contains(Int(vectorChunkRowCount))
        else {
            throw .inconsistent(
                "\(vectorChunkRowCount) rows per chunk is not a power of two within "
                    + "\(VectorChunk.rowCounts)")
        }
        guard appliedPosition <= Self.positionLimit, nextGeneration <= Self.numberLimit,
            nextList <= Self.numberLimit, generation <= Self.numberLimit
        else {
            throw .inconsistent(
                "position \(appliedPosition), generation \(generation), next generation "
                    + "\(nextGeneration) or next list \(nextList) is above what can be counted")
        }
        guard liveCount <= rowCount, rowCount < .max - 1 else {
            throw .inconsistent("\(liveCount) live of \(rowCount) rows")
        }
    }

    /// The manifest in a sealed value whose checksum matches.
    package init(unsealing value: UnsafeRawBufferPointer) throws(DecodingFailure) {
        try self.init(
            decoding: SealedValue.openUnchecked(
                value, kind: ValueKind.manifest, version: Self.layoutVersion))
    }

    package static func read(_ access: Access) throws(StorageError) -> Manifest {
        let table = access.environment.table(.manifest)
        guard
            let body = try access.body(
                table, Keys.manifest, kind: ValueKind.manifest, version: layoutVersion)
        else {
            throw .damaged(
                table: table.name, key: Keys.manifest.description,
                failure: .inconsistent("the manifest is missing"))
        }
        do throws(DecodingFailure) {
            return try Manifest(decoding: body)
        } catch {
            throw .damaged(
                table: table.name, key: Keys.manifest.description, failure: error)
        }
    }

    package func write(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        try transaction.put(
            transaction.environment.table(.manifest), Keys.manifest, encode())
    }

    package static func == (left: Manifest, right: Manifest) -> Bool {
        left.encode() == right.encode()
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(encode()) }
}
