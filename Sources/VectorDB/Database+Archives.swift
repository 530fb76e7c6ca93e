internal import VDBEngine
public import VDBFilters
internal import VDBPrimitives

/// What an archive holds.
public struct ArchiveSummary: Sendable, Hashable {
    public let schema: Schema
    /// Records that the restored database has.
    public let liveCount: Int
    /// The number of the last operation whose effect is in it.
    public let position: UInt64
    /// When it was begun: microseconds since 1970-01-01 UTC.
    public let takenMicroseconds: Int64
    /// Bytes of what it holds, before compression.
    public let contentSize: Int
    /// Bytes of the archive.
    public let size: Int

    init(_ inner: VDBEngine.ArchiveSummary) {
        schema = inner.schema
        liveCount = inner.liveCount
        position = inner.position.rawValue
        takenMicroseconds = inner.takenMicroseconds
        contentSize = inner.rawSize
        size = inner.size
    }
}

extension Database {
    /// Writes everything acknowledged by now, one consistent state, as an archive in a file.
    ///
    /// Searches, writes and checkpoints go on meanwhile; a handle that is read-only can do it too,
    /// beside the process that writes. The file has its name only when it is whole and durable;
    /// another archive under that name is replaced then. Space in the tables' file that becomes
    /// free meanwhile is used again only afterwards.
    ///
    /// - Parameter level: of zstd's compression, 1 (fast) … 22 (small).
    @discardableResult
    public func backup(
        to archive: String, level: Int = 3, observer: ProgressObserver? = nil
    ) throws(VectorDBError) -> ArchiveSummary {
        try explaining("back up \(path) to \(archive)") { () throws(EngineError) in
            ArchiveSummary(
                try engine.backup(toFile: archive, level: level, observer: observer))
        }
    }

    /// The same to a descriptor, such as a pipe's or a socket's, which stays open.
    @discardableResult
    public func backup(
        toDescriptor descriptor: Int32, level: Int = 3, observer: ProgressObserver? = nil
    ) throws(VectorDBError) -> ArchiveSummary {
        try explaining("back up \(path)") { () throws(EngineError) in
            ArchiveSummary(
                try engine.backup(toDescriptor: descriptor, level: level, observer: observer))
        }
    }

    /// The same to a closure, which is given the archive's bytes in order, some at a time; what it
    /// throws ends the backup and becomes the cause of a `VectorDBError`.
    @discardableResult
    public func backup(
        level: Int = 3, observer: ProgressObserver? = nil,
        writing write: (UnsafeRawBufferPointer) throws -> Void
    ) throws(VectorDBError) -> ArchiveSummary {
        try explaining("back up \(path)") { () throws(EngineError) in
            try withEscaping(write) { (write) throws(EngineError) in
                ArchiveSummary(
                    try engine.backup(level: level, observer: observer) {
                        (bytes) throws(EngineError) in
                        try streaming { try write(bytes) }
                    })
            }
        }
    }

    /// Makes a database of an archive in a file.
    ///
    /// The archive is read to its end, and all that was made of it is verified, before anything is
    /// visible at `path`; if anything is wrong, the error says what and at which byte, and nothing
    /// is. The new database answers as the one that was backed up did, and has an identity of its
    /// own.
    ///
    /// - Parameters:
    ///   - path: must not exist, or be an empty directory.
    ///   - options: `mapSize` must have room for the tables; the rest is for opening.
    @discardableResult
    public static func restore(
        _ archive: String, to path: String, options: Options = Options(),
        observer: ProgressObserver? = nil
    ) throws(VectorDBError) -> ArchiveSummary {
        try explaining("restore \(archive) to \(path)") { () throws(EngineError) in
            ArchiveSummary(
                try Engine.restore(
                    path: path, options: try options.engineOptions(nil), observer: observer,
                    fromFile: archive))
        }
    }

    /// The same from a descriptor, such as a pipe's or a socket's, which is read to its end.
    @discardableResult
    public static func restore(
        fromDescriptor descriptor: Int32, to path: String, options: Options = Options(),
        observer: ProgressObserver? = nil
    ) throws(VectorDBError) -> ArchiveSummary {
        try explaining("restore to \(path)") { () throws(EngineError) in
            ArchiveSummary(
                try Engine.restore(
                    path: path, options: try options.engineOptions(nil), observer: observer,
                    fromDescriptor: descriptor))
        }
    }

    /// The same from a closure, which fills the front of a buffer and returns how many bytes it
    /// filled, 0 only at the end; what it throws ends the restoration.
    @discardableResult
    public static func restore(
        to path: String, options: Options = Options(), observer: ProgressObserver? = nil,
        reading read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws(VectorDBError) -> ArchiveSummary {
        try explaining("restore to \(path)") { () throws(EngineError) in
            try withEscaping(read) { (read) throws(EngineError) in
                ArchiveSummary(
                    try Engine.restore(
                        path: path, options: try options.engineOptions(nil), archiveSize: nil,
                        observer: observer
                    ) { (buffer) throws(EngineError) in try streaming { try read(buffer) } })
            }
        }
    }
}

/// Runs the caller's own reading or writing; whatever it throws becomes the engine's error.
private func streaming<Result>(_ body: () throws -> Result) throws(EngineError) -> Result {
    do {
        return try body()
    } catch {
        throw .archive(.stream(reason: "\(error)"))
    }
}

/// `withoutActuallyEscaping` with typed errors.
private func withEscaping<Parameter, Output, Result>(
    _ closure: (Parameter) throws -> Output,
    _ body: (@escaping (Parameter) throws -> Output) throws(EngineError) -> Result
) throws(EngineError) -> Result {
    try withoutActuallyEscaping(closure) { escaping in
        Swift.Result { () throws(EngineError) in try body(escaping) }
    }.get()
}
