internal import VDBPrimitives
internal import VDBStorage

/// An archive that is being written: a file beside, with `.new` behind the archive's name, that
/// takes the archive's place when it is whole and durable.
///
/// Given up, it is removed; what a crash leaves the next one replaces. A class, since the closure
/// that writes to it holds it; for one thread at a time.
final class ArchiveFile {
    private let path: String
    private let draft: String
    private let file: FileDescriptor
    private var size = 0
    private var isPublished = false

    /// - Parameter path: must not exist, or be a file, which is replaced in the end.
    init(at path: String) throws(EngineError) {
        guard !FileSystem.exists(path) || FileSystem.isRegularFile(path) else {
            throw .alreadyExists(path: path)
        }
        let draft = path + ".new"
        let file = try calling { () throws(SystemFailure) in
            try FileDescriptor(opening: draft, .createIfMissing)
        }
        let isLocked = try calling { () throws(SystemFailure) in try file.tryLock() }
        // Whoever had it may just have given it the archive's name.
        guard isLocked, file.isAtPath() else {
            throw .storage(.locked(path: draft))
        }
        try calling { () throws(SystemFailure) in try file.truncate(to: 0) }
        self.path = path
        self.draft = draft
        self.file = file
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(EngineError) {
        let offset = size
        try calling { () throws(SystemFailure) in try file.write(bytes, at: offset) }
        size += bytes.count
    }

    /// Gives the archive its name, durably.
    func publish() throws(EngineError) {
        try calling { () throws(SystemFailure) in
            try file.syncData()
            try FileSystem.rename(draft, to: path)
        }
        isPublished = true
        try calling { () throws(SystemFailure) in
            try FileSystem.syncDirectory(FileSystem.parent(of: path))
        }
    }

    deinit {
        if !isPublished { try? FileSystem.remove(draft) }
        file.unlock()
    }
}
