internal import VDBPrimitives

/// Whole files of text.
enum TextFile {
    static func read(_ path: String) throws(BenchFailure) -> [UInt8] {
        guard FileSystem.exists(path) else {
            throw BenchFailure(code: 66, message: "cannot open \(path): there is no such file")
        }
        return try system { () throws(SystemFailure) in
            let file = try FileDescriptor(opening: path, .read)
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: try file.size(), alignment: 1)
            defer { buffer.deallocate() }
            let count = try file.read(into: buffer, at: 0)
            return Array(buffer.prefix(count))
        }
    }

    static func write(_ text: String, to path: String) throws(BenchFailure) {
        try system { () throws(SystemFailure) in
            let file = try FileDescriptor(opening: path, .createIfMissing)
            let bytes = Array(text.utf8)
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: bytes.count, alignment: 1)
            defer { buffer.deallocate() }
            buffer.copyBytes(from: bytes)
            try file.truncate(to: 0)
            try file.write(UnsafeRawBufferPointer(buffer), at: 0)
        }
    }
}
