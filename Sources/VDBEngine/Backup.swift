package import VDBFilters
internal import VDBIndex
package import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// What an archive holds.
package struct ArchiveSummary: Sendable, Hashable {
    package let schema: Schema
    package let liveCount: Int
    /// The last log record whose effect it holds.
    package let position: LogPosition
    /// When it was begun.
    package let takenMicroseconds: Int64
    package let entryCount: Int
    package let operationCount: Int
    /// Bytes of its content, not compressed.
    package let rawSize: Int
    /// Bytes of the archive.
    package let size: Int

    init(_ header: ArchiveHeader, _ end: ArchiveEnd, size: Int) {
        schema = header.schema
        liveCount = Int(header.liveCount)
        position = LogPosition(header.position)
        takenMicroseconds = header.takenMicroseconds
        entryCount = Int(clamping: end.entryCount)
        operationCount = Int(clamping: end.operationCount)
        rawSize = Int(clamping: end.rawSize)
        self.size = size
    }
}

extension Engine {
    /// The compression that an archive has if nobody says otherwise.
    package static let defaultArchiveLevel = 3

    /// Writes everything acknowledged by now as an archive (`Formats/archive.md`).
    ///
    /// Writes and checkpoints go on meanwhile; the pages that the archive is read from are kept
    /// until it is done, so that the tables' file may grow.
    ///
    /// - Parameter level: zstd's, from fast to small.
    package func backup(
        level: Int, observer: EngineObserver?, to sink: @escaping ArchiveSink
    ) throws(EngineError) -> ArchiveSummary {
        if writer.read({ $0.isClosed }) { throw .closed(path: path) }
        let levels = FrameCompressor.levels
        guard levels.contains(level) else {
            throw .invalidOption(
                name: "level",
                reason: "\(level) is not within \(levels.lowerBound) … \(levels.upperBound)")
        }
        try follow()
        let snapshot = snapshot
        // The bytes lie in the map as long as the snapshot pins them.
        defer { extendLifetime(snapshot) }
        let header = try storing { () throws(StorageError) in
            try ArchiveHeader(of: snapshot, schema: schema)
        }
        var archive = try ArchiveWriter(
            header, level: level, threadCount: threadCount, to: sink)
        for table in TableName.allCases where !environment.table(table).isMissing {
            try archive.begin(table)
            try copy(table, of: snapshot, to: &archive) { rawSize in
                observer?("archiving", min(1, Double(rawSize) / Double(header.tableSize + 1)))
            }
        }
        try snapshot.forEachOperation { (operation) throws(EngineError) in
            try archive.append(operation)
        }
        let (counts, size) = try archive.finish()
        observer?("archiving", 1)
        return ArchiveSummary(header, counts, size: size)
    }

    /// Writes the entries of a table that mean something.
    private func copy(
        _ name: TableName, of snapshot: Snapshot, to archive: inout ArchiveWriter,
        _ report: (UInt64) -> Void
    ) throws(EngineError) {
        let access = snapshot.stored.access
        let inForce = GenerationInForce(snapshot.stored)
        let cursor = try storing { () throws(StorageError) in
            try access.cursor(environment.table(name))
        }
        var found = try storing { () throws(StorageError) in try cursor.first() }
        while let entry = found {
            let isLeftover =
                entry.keyPart(UInt32.self).map {
                    inForce.isLeftover(name, firstKeyPart: $0)
                } ?? false
            if !isLeftover {
                try check(entry, of: name)
                try archive.appendEntry(entry)
                report(archive.counts.rawSize)
            }
            found = try storing { () throws(StorageError) in try cursor.next() }
        }
    }

    /// Refuses a damaged value: what an archive holds must be sound.
    private func check(_ entry: Cursor.Entry, of name: TableName) throws(EngineError) {
        do throws(DecodingFailure) {
            guard let key = Key(stored: entry.key) else {
                throw .inconsistent("a key of \(entry.key.count) bytes")
            }
            try SealedValue.check(entry.value, key: key)
        } catch {
            throw .storage(
                .damaged(table: name.rawValue, key: describe(key: entry.key), failure: error))
        }
    }
}
