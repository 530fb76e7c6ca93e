internal import VDBPrimitives

/// A directory of one's own below the one that was asked for; what is in it is removed when all
/// went well, and left to look at when not.
struct Scratch {
    let path: String

    init(in directory: String, _ name: String) throws {
        let parent = FileSystem.canonicalPath(directory)
        path = "\(parent)/vdbcrash-\(name)-\(Platform.processID)"
        if FileSystem.exists(path) { try Self.remove(path) }
        try FileSystem.createDirectory(path)
    }

    /// An empty directory in it, anew each time.
    func empty(_ name: String) throws -> String {
        let inner = path + "/" + name
        if FileSystem.exists(inner) { try Self.remove(inner) }
        try FileSystem.createDirectory(inner)
        return inner
    }

    func remove() throws { try Self.remove(path) }

    private static func remove(_ path: String) throws {
        for name in try FileSystem.names(in: path) {
            let inner = path + "/" + name
            if FileSystem.isDirectory(inner) {
                try remove(inner)
            } else {
                try FileSystem.remove(inner)
            }
        }
        try FileSystem.removeDirectory(path)
    }
}
