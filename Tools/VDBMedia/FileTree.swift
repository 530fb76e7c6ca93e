package import VDBPrimitives

/// Files and directories below a directory, by their paths from it.
package struct FileTree: Sendable, Hashable {
    package var files: [String: [UInt8]] = [:]
    package var directories: Set<String> = []

    package init() {}

    /// Reads what is below a directory, except files of the names in `passingOver`.
    package init(reading path: String, passingOver: Set<String>) throws(SystemFailure) {
        try read(path, "", passingOver)
    }

    private mutating func read(
        _ path: String, _ prefix: String, _ passingOver: Set<String>
    ) throws(SystemFailure) {
        for name in try FileSystem.names(in: path) where !passingOver.contains(name) {
            let inner = path + "/" + name
            if FileSystem.isDirectory(inner) {
                directories.insert(prefix + name)
                try read(inner, prefix + name + "/", passingOver)
            } else {
                let file = try FileDescriptor(opening: inner, .read)
                var bytes = [UInt8](repeating: 0, count: try file.size())
                let result = bytes.withUnsafeMutableBytes { buffer in
                    Result { () throws(SystemFailure) in try file.read(into: buffer, at: 0) }
                }
                _ = try result.get()
                files[prefix + name] = bytes
            }
        }
    }

    /// Writes everything below a directory that is there and empty.
    package func write(to path: String) throws(SystemFailure) {
        for directory in directories.sorted() {
            try FileSystem.createDirectory(path + "/" + directory)
        }
        for (name, bytes) in files {
            let file = try FileDescriptor(opening: path + "/" + name, .createNew)
            let result = bytes.withUnsafeBytes { buffer in
                Result { () throws(SystemFailure) in try file.write(buffer, at: 0) }
            }
            try result.get()
        }
    }

    /// How this tree is not like another, in a line; nil if they are equal.
    package func difference(from other: FileTree) -> String? {
        if directories != other.directories {
            return "directories \(directories.sorted()), not \(other.directories.sorted())"
        }
        let names = files.keys.sorted()
        if names != other.files.keys.sorted() {
            return "files \(names), not \(other.files.keys.sorted())"
        }
        for name in names {
            guard let bytes = files[name], let others = other.files[name], bytes != others
            else { continue }
            if bytes.count != others.count {
                return "\(name) has \(bytes.count) bytes, not \(others.count)"
            }
            let offset = zip(bytes, others).prefix { $0 == $1 }.count
            return "\(name) differs at \(offset)"
        }
        return nil
    }
}
