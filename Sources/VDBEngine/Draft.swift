internal import VDBPrimitives
internal import VDBStorage

/// A database that is being made: a directory beside, with `.new` behind the database's name, that
/// gets that name when it is whole.
///
/// A crash leaves nothing under the name, and what it leaves beside it the next draft replaces.
/// Given up, it removes its files.
struct Draft: ~Copyable {
    /// Where the database will be.
    let path: String
    /// Where its files are till then.
    let directory: String
    /// Held, so that nobody takes what is being made for left over.
    let lock: WriterLock
    private var isPublished = false

    /// Makes the directory, with an empty one for the log in it.
    ///
    /// - Parameter path: must not exist, or be an empty directory.
    init(of path: String) throws(EngineError) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        directory = self.path + ".new"
        try Self.checkIsFree(self.path)
        let directory = directory
        if FileSystem.exists(directory) { try Self.replace(directory) }
        try calling { () throws(SystemFailure) in
            try FileSystem.createDirectory(directory)
            try FileSystem.createDirectory(directory + "/log")
            try FileSystem.syncDirectory(directory)
        }
        lock = try WriterLock(database: directory)
    }

    /// Gives the database its name, durably; all its files must be closed and durable.
    consuming func publish() throws(EngineError) {
        let (path, directory) = (path, directory)
        try calling { () throws(SystemFailure) in
            try FileSystem.syncDirectory(directory)
            try FileSystem.rename(directory, to: path)
        }
        isPublished = true
        lock.release()
        try calling { () throws(SystemFailure) in
            try FileSystem.syncDirectory(FileSystem.parent(of: path))
        }
    }

    deinit {
        // What cannot be removed now the next draft of the name will.
        if !isPublished { try? Self.remove(directory) }
    }

    private static func checkIsFree(_ path: String) throws(EngineError) {
        guard FileSystem.exists(path) else { return }
        guard FileSystem.isDirectory(path) else { throw .alreadyExists(path: path) }
        let names = try calling { () throws(SystemFailure) in try FileSystem.names(in: path) }
        guard names.isEmpty else { throw .alreadyExists(path: path) }
    }

    /// Removes what a draft that was interrupted has left; one that is being made stops it.
    private static func replace(_ directory: String) throws(EngineError) {
        guard FileSystem.exists(directory + "/writer.lock") else {
            return try remove(directory)
        }
        let lock = try WriterLock(database: directory)
        defer { lock.release() }
        try remove(directory)
    }

    /// Removes a draft's files; another program's files stop it.
    private static func remove(_ directory: String) throws(EngineError) {
        try calling { () throws(SystemFailure) in
            if FileSystem.isDirectory(directory + "/log") {
                for name in try FileSystem.names(in: directory + "/log")
                where name.hasSuffix(".log") {
                    try FileSystem.remove(directory + "/log/" + name)
                }
                try FileSystem.removeDirectory(directory + "/log")
            }
            for name in ["data.mdb", "lock.mdb", "writer.lock"]
            where FileSystem.exists(directory + "/" + name) {
                try FileSystem.remove(directory + "/" + name)
            }
            try FileSystem.removeDirectory(directory)
        }
    }
}
