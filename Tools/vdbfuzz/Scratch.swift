import Glibc
import VDBPrimitives

/// Files of this process, in memory if there is such a folder.
enum Scratch {
    static let folder: String = {
        let base = FileSystem.isDirectory("/dev/shm") ? "/dev/shm" : "/tmp"
        let path = "\(base)/vdbfuzz-\(getpid())"
        removeTree(path)
        try? FileSystem.createDirectory(path)
        return path
    }()

    static func remove() { removeTree(folder) }

    static func write(_ bytes: [UInt8], to path: String) throws {
        if FileSystem.exists(path) { try FileSystem.remove(path) }
        let file = try FileDescriptor(opening: path, .createIfMissing)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    }

    static func read(_ path: String) throws -> [UInt8] {
        let file = try FileDescriptor(opening: path, .read)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        _ = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        return bytes
    }

    static func removeTree(_ path: String) {
        guard FileSystem.isDirectory(path) else {
            if FileSystem.exists(path) { try? FileSystem.remove(path) }
            return
        }
        for name in (try? FileSystem.names(in: path)) ?? [] { removeTree(path + "/" + name) }
        try? FileSystem.removeDirectory(path)
    }
}
