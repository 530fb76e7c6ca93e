internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// A database that is being made: a directory beside, with `.new` behind the database's name, that
/// gets that name when it is whole.
///
/// A crash leaves nothing under the name, and what it leaves beside it the next draft replaces.
/// Given up, it removes its files.
struct Draft: ~Copyable {
    private static let files = ["data.mdb", "lock.mdb", "writer.lock"]

    /// Where its files are until then.
    let directory: Directory
    /// Held, so that nobody takes what is being made for left over.
    let lock: WriterLock
    /// The directory that the database will be in, and its name there.
    private let parent: Directory
    private let name: String
    private var isPublished = false
    private let origin = ProcessOrigin()

    private var draftName: String { name + ".new" }

    /// Makes the directory, with an empty one for the log in it.
    ///
    /// - Parameter path: must not exist, or be an empty directory.
    init(of path: String) throws(EngineError) {
        // An empty directory that is there may be called `.`, or be led to by a link.
        let path = FileSystem.isDirectory(path) ? FileSystem.canonicalPath(path) : path
        let (parentPath, name) = FileSystem.split(path)
        guard !name.isEmpty else {
            throw .invalidOption(
                name: "path", reason: "\"\(path)\" does not end in a name for a directory")
        }
        let parent = try calling { () throws(SystemFailure) in
            try Directory(opening: parentPath)
        }
        try Self.checkIsFree(path)
        let draftName = name + ".new"
        if parent.exists(draftName) { try Self.replace(draftName, in: parent) }
        let directory = try calling { () throws(SystemFailure) in
            try parent.createDirectory(draftName)
            let directory = try Directory(opening: draftName, in: parent)
            try directory.createDirectory(LogDirectory.name)
            try directory.sync()
            return directory
        }
        lock = try WriterLock(directory)
        self.directory = directory
        self.parent = parent
        self.name = name
    }

    /// Gives the database its name, durably; all its files must be closed and durable.
    ///
    /// - Returns: the database's directory, under that name.
    @discardableResult
    consuming func publish() throws(EngineError) -> Directory {
        let (directory, parent, name, draftName) = (directory, parent, name, draftName)
        let published = try calling { () throws(SystemFailure) in
            try directory.sync()
            guard parent.identity(of: draftName) == directory.identity else {
                throw .replaced(directory.path)
            }
            let published = try Directory(opening: draftName, in: parent, called: name)
            try parent.rename(draftName, to: name, in: parent)
            return published
        }
        isPublished = true
        lock.release()
        try calling { () throws(SystemFailure) in try parent.sync() }
        return published
    }

    deinit {
        // What cannot be removed now the next draft of the name will.
        if !isPublished && origin.isCurrent { try? Self.remove(draftName, in: parent) }
    }

    private static func checkIsFree(_ path: String) throws(EngineError) {
        guard FileSystem.exists(path) else { return }
        guard FileSystem.isDirectory(path) else { throw .alreadyExists(path: path) }
        let names = try calling { () throws(SystemFailure) in try FileSystem.names(in: path) }
        guard names.isEmpty else { throw .alreadyExists(path: path) }
    }

    /// Removes what a draft that was interrupted has left; one that is being made stops it.
    private static func replace(_ name: String, in parent: Directory) throws(EngineError) {
        let directory = try calling { () throws(SystemFailure) in
            try Directory(opening: name, in: parent)
        }
        guard directory.exists("writer.lock") else { return try remove(name, in: parent) }
        let lock = try WriterLock(directory)
        defer { lock.release() }
        try remove(name, in: parent)
    }

    /// Removes a draft's files; another program's files stop it.
    private static func remove(_ name: String, in parent: Directory) throws(EngineError) {
        try calling { () throws(SystemFailure) in
            let directory = try Directory(opening: name, in: parent)
            if directory.isDirectory(LogDirectory.name) {
                let log = try Directory(opening: LogDirectory.name, in: directory)
                for name in try log.names() where name.hasSuffix(".log") { try log.remove(name) }
                try directory.removeDirectory(LogDirectory.name)
            }
            for file in files where directory.exists(file) { try directory.remove(file) }
            try parent.removeDirectory(name)
        }
    }
}
