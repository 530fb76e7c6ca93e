#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A directory that is held open: it stays the same one, whatever becomes of its name.
///
/// Names are single path components; every call acts on the entry of that name in this directory,
/// even if the directory was moved or another one has taken its path. Any thread may use it.
package final class Directory: Sendable {
    /// What it was opened as, for messages.
    package let path: String
    /// The same, independent of the process's current directory; symbolic links are kept.
    private let absolutePath: String
    private let descriptor: FileDescriptor
    package let identity: FileIdentity

    /// What has become of the path that a directory was opened as.
    package enum Place: Sendable, Hashable {
        /// The path still leads to the directory.
        case unchanged
        /// The path leads nowhere; the directory has another name.
        case moved
        /// The path leads to something else.
        case replaced
        /// The directory has no name any more: its files are lost when they are closed.
        case removed
    }

    package init(opening path: String) throws(SystemFailure) {
        descriptor = try FileDescriptor(opening: path, .directory)
        identity = try descriptor.identity()
        self.path = path
        absolutePath = path.hasPrefix("/") ? path : FileSystem.currentDirectory + "/" + path
    }

    /// The subdirectory `name`; a symbolic link is refused.
    ///
    /// - Parameter laterName: what it is about to be called.
    package init(
        opening name: String, in parent: Directory, called laterName: String? = nil
    ) throws(SystemFailure) {
        descriptor = try parent.open(name, .directory)
        identity = try descriptor.identity()
        path = parent.path(of: laterName ?? name)
        absolutePath = parent.absolutePath + "/" + (laterName ?? name)
    }

    /// What the entry `name` is called in messages.
    package func path(of name: String) -> String { path + "/" + name }

    /// Whether the path that it was opened as still leads to it.
    package var place: Place {
        if let found = FileIdentity(at: absolutePath) {
            return found == identity ? .unchanged : .replaced
        }
        return descriptor.linkCount == 0 ? .removed : .moved
    }

    /// Throws `SystemFailure.replaced` or `.removed` if something else is at the path now, or the
    /// directory was removed; a directory that was merely moved is as good as before.
    package func confirmPlace() throws(SystemFailure) {
        switch place {
        case .unchanged, .moved: return
        case .replaced: throw .replaced(path)
        case .removed: throw .removed(path)
        }
    }

    /// A path that leads to the directory now, for calls that take no descriptor. Something else
    /// may take that path at any time: compare identities after the call.
    package var currentPath: String {
        place == .unchanged ? absolutePath : Platform.path(ofDescriptor: descriptor.number) ?? path
    }
}

extension Directory {
    /// Opens the file `name`; refuses symbolic links, devices and pipes, behind which a directory
    /// from a stranger could have put any file of the user, or one that blocks.
    package func open(
        _ name: String, _ access: FileDescriptor.Access
    ) throws(SystemFailure) -> FileDescriptor {
        try confirmKind(of: name, access == .directory ? S_IFDIR : S_IFREG)
        return try FileDescriptor(
            opening: name, inDirectory: descriptor.number, access, path: path(of: name))
    }

    /// Opens the file `name`, which is to hold a lock: a forked child must not hold it any longer
    /// than its parent does.
    package func openLock(
        _ name: String, _ access: FileDescriptor.Access
    ) throws(SystemFailure) -> FileDescriptor {
        try ProcessRegistry.openLock { () throws(SystemFailure) in try open(name, access) }
    }

    /// Throws `SystemFailure.wrongKind` if the entry `name` is there and not a regular file.
    package func confirmRegular(_ name: String) throws(SystemFailure) {
        try confirmKind(of: name, S_IFREG)
    }

    private func confirmKind(of name: String, _ kind: mode_t) throws(SystemFailure) {
        guard let found = status(of: name), found.st_mode & S_IFMT != kind else { return }
        throw .wrongKind(path(of: name), isDirectoryWanted: kind == S_IFDIR)
    }

    /// The identity of the entry `name`; nil if there is none.
    package func identity(of name: String) -> FileIdentity? { status(of: name).map { .init($0) } }

    package func exists(_ name: String) -> Bool { status(of: name) != nil }

    package func isDirectory(_ name: String) -> Bool {
        status(of: name).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Whether this process may write the entry `name`, or create it if it is not there.
    package func isWritable(_ name: String) -> Bool {
        let subject = exists(name) ? name : "."
        return faccessat(descriptor.number, subject, W_OK, AT_EACCESS) == 0
    }

    /// Bytes in the file `name`.
    package func size(of name: String) throws(SystemFailure) -> Int {
        guard let status = status(of: name) else { throw .last("fstatat", path(of: name)) }
        return Int(status.st_size)
    }

    /// Bytes that a file's blocks take on disk (its size, for one without holes); 0 if not there.
    package func allocatedSize(of name: String) -> Int {
        status(of: name).map { Int($0.st_blocks) * 512 } ?? 0
    }

    /// Bytes that the file system has left for us; as many as can be if it does not say.
    package var freeSize: Int {
        var status = statvfs()
        guard fstatvfs(descriptor.number, &status) == 0 else { return .max }
        let (size, isOver) = Int(status.f_bavail).multipliedReportingOverflow(
            by: Int(status.f_frsize))
        return isOver ? .max : size
    }

    /// Whether the file system is mounted read-only.
    package var isOnReadOnlyFileSystem: Bool {
        var status = statvfs()
        guard fstatvfs(descriptor.number, &status) == 0 else { return false }
        return status.f_flag & UInt(ST_RDONLY) != 0
    }

    package func createDirectory(_ name: String) throws(SystemFailure) {
        guard mkdirat(descriptor.number, name, 0o755) == 0 else {
            throw .last("mkdirat", path(of: name))
        }
    }

    package func remove(_ name: String) throws(SystemFailure) {
        guard unlinkat(descriptor.number, name, 0) == 0 else {
            throw .last("unlinkat", path(of: name))
        }
    }

    /// Removes the subdirectory `name`, which must be empty.
    package func removeDirectory(_ name: String) throws(SystemFailure) {
        guard unlinkat(descriptor.number, name, AT_REMOVEDIR) == 0 else {
            throw .last("unlinkat", path(of: name))
        }
    }

    /// Moves the entry `name` into `other`, in the place of what is called `newName` there.
    package func rename(
        _ name: String, to newName: String, in other: Directory
    ) throws(SystemFailure) {
        guard renameat(descriptor.number, name, other.descriptor.number, newName) == 0 else {
            throw .last("renameat", path(of: name))
        }
    }

    /// Makes the entries durable: files that came, went or changed their names.
    package func sync() throws(SystemFailure) {
        guard fsync(descriptor.number) == 0 else { throw .last("fsync", path) }
    }

    /// Makes the directory's own name durable.
    package func syncParent() throws(SystemFailure) {
        let number = openat(descriptor.number, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .last("openat", path(of: "..")) }
        defer { _ = close(number) }
        guard fsync(number) == 0 else { throw .last("fsync", path(of: "..")) }
    }

    /// The names of the entries, sorted, without `.` and `..`.
    package func names() throws(SystemFailure) -> [String] {
        // A descriptor of its own, since one that is shared has one position for all readers.
        let number = openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .last("openat", path) }
        guard let stream = fdopendir(number) else {
            let failure = SystemFailure.last("fdopendir", path)
            _ = close(number)
            throw failure
        }
        defer { closedir(stream) }
        return FileSystem.names(from: stream)
    }

    private func status(of name: String) -> stat? {
        var status = stat()
        return fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }
}
