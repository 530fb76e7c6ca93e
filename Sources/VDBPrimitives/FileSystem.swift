#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

#if canImport(Darwin)
    typealias DirectoryStream = UnsafeMutablePointer<DIR>
#else
    typealias DirectoryStream = OpaquePointer
#endif

/// Directory operations, each with its own durable form.
package enum FileSystem {
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether there is a file that can be replaced by another: no directory, device or pipe.
    package static func isRegularFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    package static func createDirectory(_ path: String) throws(SystemFailure) {
        guard mkdir(path, 0o755) == 0 else { throw .last("mkdir", path) }
    }

    package static func remove(_ path: String) throws(SystemFailure) {
        guard unlink(path) == 0 else { throw .last("unlink", path) }
    }

    package static func removeDirectory(_ path: String) throws(SystemFailure) {
        guard rmdir(path) == 0 else { throw .last("rmdir", path) }
    }

    package static func rename(_ old: String, to new: String) throws(SystemFailure) {
        #if canImport(Glibc)
            let result = Glibc.rename(old, new)
        #elseif canImport(Musl)
            let result = Musl.rename(old, new)
        #else
            let result = Darwin.rename(old, new)
        #endif
        guard result == 0 else { throw .last("rename", old) }
    }

    /// Makes the entries of a directory durable: files that came, went or changed their names.
    package static func syncDirectory(_ path: String) throws(SystemFailure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
    }

    /// The names in a directory, sorted, without `.` and `..`.
    package static func names(in path: String) throws(SystemFailure) -> [String] {
        guard let directory = opendir(path) else { throw .last("opendir", path) }
        defer { closedir(directory) }
        return names(from: directory)
    }

    /// The names that a stream of directory entries gives, sorted, without `.` and `..`.
    static func names(from directory: DirectoryStream) -> [String] {
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The directory that a path's last name is in.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Bytes in a file.
    package static func size(_ path: String) throws(SystemFailure) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .last("stat", path) }
        return Int(status.st_size)
    }

    /// The process's current directory; `.` if it has no path.
    static var currentDirectory: String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }

    /// A path's last name, and the directory that it is in; an empty name if the path has none that
    /// something could be called, such as `.` and `/`.
    package static func split(_ path: String) -> (parent: String, name: String) {
        var trimmed = path[...]
        while trimmed.count > 1 && trimmed.hasSuffix("/") { trimmed.removeLast() }
        let slash = trimmed.lastIndex(of: "/")
        let name = slash.map { trimmed[trimmed.index(after: $0)...] } ?? trimmed
        guard !["", ".", ".."].contains(name) else { return (String(trimmed), "") }
        return (parent(of: String(trimmed)), String(name))
    }

    /// The path with symbolic links and dots resolved, or as given if it cannot be.
    package static func canonicalPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
