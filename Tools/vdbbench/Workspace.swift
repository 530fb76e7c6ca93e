internal import VDBPrimitives
internal import VectorDB

/// A directory of our own on the disk that is measured; removed with all that is in it.
final class Workspace: Sendable {
    let path: String

    init(in directory: String) throws(BenchFailure) {
        let number = UInt32.random(in: 0 ... .max)
        let path = "\(directory)/vdbbench-\(Platform.processID)-\(number)"
        try system { () throws(SystemFailure) in try FileSystem.createDirectory(path) }
        self.path = path
    }

    deinit { Self.remove(path) }

    /// A path in it.
    func path(of name: String) -> String { path + "/" + name }

    /// Removes a directory with all that is in it; what cannot be removed stays.
    static func remove(_ path: String) {
        for name in (try? FileSystem.names(in: path)) ?? [] {
            let inner = path + "/" + name
            if FileSystem.isDirectory(inner) {
                remove(inner)
            } else {
                try? FileSystem.remove(inner)
            }
        }
        try? FileSystem.removeDirectory(path)
    }
}
