internal import VDBPrimitives

/// The segments as files of a directory.
struct DiskLogStore: LogStore {
    let path: String

    /// The directory at `path`, which must be there.
    init(at path: String) { self.path = path }

    func names() throws(SystemFailure) -> [String] {
        try FileSystem.names(in: path)
    }

    func open(
        _ name: String, forWriting: Bool
    ) throws(SystemFailure) -> any LogFile {
        try DiskLogFile(
            FileDescriptor(opening: path(of: name), forWriting ? .readWrite : .read))
    }

    func create(_ name: String) throws(SystemFailure) -> any LogFile {
        try DiskLogFile(FileDescriptor(opening: path(of: name), .createNew))
    }

    func remove(_ name: String) throws(SystemFailure) {
        try FileSystem.remove(path(of: name))
    }

    func sync() throws(SystemFailure) { try FileSystem.syncDirectory(path) }
}

/// A segment's file in the file system; closed when the last reference goes.
private final class DiskLogFile: LogFile {
    private let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    func size() throws(SystemFailure) -> Int { try descriptor.size() }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(SystemFailure) -> Int {
        try descriptor.read(into: buffer, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemFailure) {
        try descriptor.write(bytes, at: offset)
    }

    func truncate(to size: Int) throws(SystemFailure) { try descriptor.truncate(to: size) }

    func sync() throws(SystemFailure) { try descriptor.syncData() }
}
