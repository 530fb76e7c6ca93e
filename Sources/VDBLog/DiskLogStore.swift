internal import VDBPrimitives

/// The segments as files of a directory that is held open.
struct DiskLogStore: LogStore {
    private let directory: Directory
    /// The directory of the database that the log belongs to; nil for a log on its own.
    private let database: Directory?

    var path: String { directory.path }

    /// The log in the directory at `path`, which must be there.
    init(at path: String) throws(SystemFailure) {
        directory = try Directory(opening: path)
        database = nil
    }

    /// The log in the subdirectory `log` of a database.
    init(of database: Directory) throws(SystemFailure) {
        directory = try Directory(opening: LogDirectory.name, in: database)
        self.database = database
    }

    func names() throws(SystemFailure) -> [String] { try directory.names() }

    func open(
        _ name: String, forWriting: Bool
    ) throws(SystemFailure) -> any LogFile {
        try DiskLogFile(directory.open(name, forWriting ? .readWrite : .read))
    }

    func create(_ name: String) throws(SystemFailure) -> any LogFile {
        try DiskLogFile(directory.open(name, .createNew))
    }

    func remove(_ name: String) throws(SystemFailure) { try directory.remove(name) }

    func sync() throws(SystemFailure) { try directory.sync() }

    func confirmPlace() throws(SystemFailure) {
        guard let database else { return try directory.confirmPlace() }
        try database.confirmPlace()
        guard database.identity(of: LogDirectory.name) == directory.identity else {
            throw .replaced(path)
        }
    }
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
