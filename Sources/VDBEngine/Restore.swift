internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Makes a database of an archive (`Formats/archive.md`, "Restoring").
    ///
    /// It is read to its end, and what was made of it is verified, before anything is visible at
    /// `path`; if anything is wrong, nothing is.
    ///
    /// - Parameters:
    ///   - path: must not exist, or be an empty directory.
    ///   - archiveSize: bytes of the archive if that is known, for telling how far it has come.
    package static func restore(
        path: String, options: EngineOptions, archiveSize: Int?, observer: EngineObserver?,
        from source: @escaping ArchiveSource
    ) throws(EngineError) -> ArchiveSummary {
        let archive = try ArchiveReader(from: source)
        let draft = try Draft(of: path)
        var restorer = Restorer(archive, directory: draft.directory, options: options)
        let summary = try restorer.run { offset in
            if let archiveSize { observer?("restoring", Double(offset) / Double(archiveSize)) }
        }
        try verifyRestored(draft.directory, options: options, summary, observer: observer)
        try draft.publish()
        return summary
    }

    /// Opens and reads everything that was restored; throws if anything of it is wrong.
    private static func verifyRestored(
        _ directory: Directory, options: EngineOptions, _ summary: ArchiveSummary,
        observer: EngineObserver?
    ) throws(EngineError) {
        var reading = options
        reading.isReadOnly = true
        let engine = try open(directory, options: reading)
        let liveCount = engine.snapshot.liveCount
        guard liveCount == summary.liveCount else {
            throw .archive(
                .unsound(
                    findingCount: 1,
                    first: "\(liveCount) live records, the header says \(summary.liveCount)"))
        }
        let damages = try engine.verify(observer: observer)
        if let first = damages.first {
            throw .archive(
                .unsound(
                    findingCount: damages.count,
                    first: "table \(first.table), key \(first.key): \(first.reason)"))
        }
        try engine.close()
    }
}

/// Writes what an archive holds as the files of a database.
private struct Restorer: ~Copyable {
    /// Bytes of values that one transaction may take: its pages wait in memory.
    private static let transactionSize = 32 << 20

    private var archive: ArchiveReader
    private let directory: Directory
    private let options: EngineOptions
    private let identity: LogIdentity
    /// The last item read; nil after the last.
    private var item: ArchiveItem?
    private var table = TableName.manifest

    init(_ archive: consuming ArchiveReader, directory: Directory, options: EngineOptions) {
        self.archive = archive
        self.directory = directory
        self.options = options
        var generator = SystemRandomNumberGenerator()
        identity = LogIdentity(generator.next(), generator.next())
    }

    /// - Parameter report: told how many bytes of the archive have been read.
    mutating func run(_ report: (Int) -> Void) throws(EngineError) -> ArchiveSummary {
        item = try archive.next()
        try writeTables(report)
        try writeLog(report)
        return ArchiveSummary(
            archive.header, archive.end ?? ArchiveEnd(), size: archive.offset)
    }

    private mutating func writeTables(_ report: (Int) -> Void) throws(EngineError) {
        let expected = min(archive.header.tableSize, 1 << 44)
        let (directory, options) = (directory, options)
        let environment = try storing { () throws(StorageError) in
            try Environment(
                directory, tableNames: TableName.names,
                sizeLimit: max(options.mapSize, 2 * Int(expected)), mode: .write, creating: true)
        }
        while try writeEntries(to: environment) { report(archive.offset) }
        let manifest = try storing { () throws(StorageError) in
            try environment.read { (access) throws(StorageError) in
                try Manifest.read(access)
            }
        }
        try check(manifest, environment)
        let identity = identity
        try storing { () throws(StorageError) in
            let transaction = try environment.beginWrite()
            var renamed = manifest
            renamed.identity = (identity.first, identity.second)
            try renamed.write(transaction)
            try transaction.commit()
        }
    }

    /// Writes entries in one transaction of bounded size; false when there are no more.
    private mutating func writeEntries(
        to environment: Environment
    ) throws(EngineError) -> Bool {
        let transaction = try storing { () throws(StorageError) in
            try environment.beginWrite()
        }
        var size = 0
        var hasMore = true
        while hasMore && size < Self.transactionSize {
            switch item {
            case .table(let name):
                table = name
                item = try archive.next()
            case .entry(let key, let value):
                let table = table
                try storing { () throws(StorageError) in
                    try transaction.append(environment.table(table), key, value)
                }
                size += key.size + value.count
                item = try archive.next()
            case .operation, nil:
                hasMore = false
            }
        }
        try commit(transaction)
        return hasMore
    }

    private func commit(_ transaction: consuming WriteTransaction) throws(EngineError) {
        do throws(StorageError) {
            try transaction.commit()
        } catch {
            throw .storage(error)
        }
    }

    /// Header and tables must speak of the same database.
    private func check(
        _ manifest: Manifest, _ environment: Environment
    ) throws(EngineError) {
        let header = archive.header
        let schema = try storing { () throws(StorageError) in
            try environment.read { (access) throws(StorageError) in
                try SchemaRecord.read(access)
            }
        }
        guard manifest.rowCount == header.rowCount,
            manifest.appliedPosition == header.appliedPosition,
            LogIdentity(manifest.identity.0, manifest.identity.1) == header.identity,
            schema == header.schema
        else { throw archive.damaged(.inconsistent("header and manifest contradict each other")) }
    }

    /// Writes the operations as a log that begins where the tables end.
    private mutating func writeLog(_ report: (Int) -> Void) throws(EngineError) {
        let applied = LogPosition(archive.header.appliedPosition)
        let (directory, identity) = (directory, identity)
        let writer = try logging { () throws(LogError) in
            let log = try LogDirectory(of: directory, identity: identity)
            try log.create(after: applied)
            return try LogWriter(log, durability: .operatingSystem, after: applied)
        }
        let shape = archive.header.schema.shape
        while case .operation(let payload) = item {
            do throws(DecodingFailure) {
                _ = try Operation(decoding: payload, shape: shape)
            } catch {
                throw archive.damaged(error)
            }
            try logging { () throws(LogError) in _ = try writer.append(payload) }
            item = try archive.next()
            report(archive.offset)
        }
        // Syncs, and marks the log as ended on purpose.
        try logging { () throws(LogError) in try writer.close() }
    }
}
