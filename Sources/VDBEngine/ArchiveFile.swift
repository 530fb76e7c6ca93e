internal import VDBPrimitives
internal import VDBStorage

/// An archive that is being written: a file beside, with `.new` behind the archive's name, that
/// takes the archive's place when it is whole and durable.
///
/// Given up, it is removed; what a crash leaves the next one replaces. A class, since the closure
/// that writes to it holds it; for one thread at a time.
final class ArchiveFile {
    /// The directory that the archive will be in, and its name there.
    private let parent: Directory
    private let name: String
    private let file: FileDescriptor
    private var size = 0
    private var isPublished = false
    private let origin = ProcessOrigin()

    /// - Parameter path: must not exist, or be a file, which is replaced in the end.
    init(at path: String) throws(EngineError) {
        guard !FileSystem.exists(path) || FileSystem.isRegularFile(path) else {
            throw .alreadyExists(path: path)
        }
        let (parentPath, name) = FileSystem.split(path)
        guard !name.isEmpty else { throw .alreadyExists(path: path) }
        let parent = try calling { () throws(SystemFailure) in
            try Directory(opening: parentPath)
        }
        let draftName = Self.draftName(name)
        let file = try calling { () throws(SystemFailure) in
            try parent.openLock(draftName, .createIfMissing)
        }
        let isLocked = try calling { () throws(SystemFailure) in try file.tryLock() }
        // Whoever had it may just have given it the archive's name.
        guard isLocked, (try? file.identity()) == parent.identity(of: draftName) else {
            throw .storage(.locked(path: parent.path(of: draftName)))
        }
        try calling { () throws(SystemFailure) in try file.truncate(to: 0) }
        self.parent = parent
        self.name = name
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
            try parent.rename(Self.draftName(name), to: name, in: parent)
        }
        isPublished = true
        try calling { () throws(SystemFailure) in
            try parent.sync()
        }
    }

    deinit {
        guard origin.isCurrent else { return }
        if !isPublished { try? parent.remove(Self.draftName(name)) }
        file.unlock()
    }

    private static func draftName(_ name: String) -> String { name + ".new" }
}
