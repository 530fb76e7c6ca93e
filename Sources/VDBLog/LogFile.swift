package import VDBPrimitives

/// One segment's file: all that the log asks of a file.
///
/// The seam at which tests make calls fail and record what was written. Implementations are
/// called by one thread at a time for writing, by any for reading.
package protocol LogFile: AnyObject, Sendable {
    /// Bytes in the file.
    func size() throws(SystemFailure) -> Int
    /// Reads up to `buffer.count` bytes at `offset`; fewer only at the end of the file.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(SystemFailure) -> Int
    /// Writes all of `bytes` at `offset`; a failure may leave a part of them.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemFailure)
    /// Cuts the file off at `size`.
    func truncate(to size: Int) throws(SystemFailure)
    /// Makes data and size durable.
    func sync() throws(SystemFailure)
}

/// Where the segments are, as files with names; the other half of the seam.
package protocol LogStore: Sendable {
    /// For messages, and the paths of files.
    var path: String { get }
    /// The names of its files, sorted.
    func names() throws(SystemFailure) -> [String]
    /// Opens a file that is there.
    func open(_ name: String, forWriting: Bool) throws(SystemFailure) -> any LogFile
    /// Creates a file that must not be there.
    func create(_ name: String) throws(SystemFailure) -> any LogFile
    func remove(_ name: String) throws(SystemFailure)
    /// Makes durable which files came and went.
    func sync() throws(SystemFailure)
    /// Throws if the files are no longer at the path that they were opened at, but others are, or
    /// none: then nothing may be acknowledged, since whoever opens the path would not find it.
    func confirmPlace() throws(SystemFailure)
}

extension LogStore {
    func confirmPlace() throws(SystemFailure) {}

    func path(of name: String) -> String { path + "/" + name }
}
