#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An open file; closed when it goes out of scope.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The kernel's number of it.
    package let number: Int32
    /// What it was opened as, for messages.
    package let path: String

    /// How to open a file.
    package enum Access: Sendable {
        case read
        case readWrite
        /// Creates it; fails with EEXIST if it is there.
        case createNew
        /// Creates it if it is not there.
        case createIfMissing
    }

    package init(opening path: String, _ access: Access) throws(SystemFailure) {
        let flags: Int32 =
            switch access {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            case .createIfMissing: O_RDWR | O_CREAT
            }
        number = open(path, flags | O_CLOEXEC, 0o644)
        self.path = path
        guard number >= 0 else { throw .last("open", path) }
    }

    /// Another descriptor of a file that somebody else has open.
    package init(duplicating other: Int32, path: String) throws(SystemFailure) {
        number = fcntl(other, F_DUPFD_CLOEXEC, 0)
        self.path = path
        guard number >= 0 else { throw .last("fcntl", path) }
    }

    deinit { if number >= 0 { _ = close(number) } }

    /// Bytes in the file.
    package func size() throws(SystemFailure) -> Int {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .last("fstat", path) }
        return Int(status.st_size)
    }

    /// Reads up to `buffer.count` bytes at `offset`; fewer only at the end of the file.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(SystemFailure) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                number, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                off_t(offset + done))
            if count == 0 { break }
            if count < 0 {
                guard Platform.lastError == EINTR else { throw .last("pread", path) }
                continue
            }
            done += count
        }
        return done
    }

    /// Writes all of `bytes` at `offset`.
    package func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(SystemFailure) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                number, bytes.baseAddress?.advanced(by: done), bytes.count - done,
                off_t(offset + done))
            if count < 0 {
                guard Platform.lastError == EINTR else { throw .last("pwrite", path) }
                continue
            }
            done += count
        }
    }

    /// Whether the file is still the one under its path: not renamed, removed or replaced.
    package func isAtPath() -> Bool {
        var own = stat()
        var named = stat()
        return fstat(number, &own) == 0 && stat(path, &named) == 0
            && own.st_dev == named.st_dev && own.st_ino == named.st_ino
    }

    package func truncate(to size: Int) throws(SystemFailure) {
        guard ftruncate(number, off_t(size)) == 0 else { throw .last("ftruncate", path) }
    }

    /// Makes the file's data durable; a failure means that the data is lost for good.
    package func syncData() throws(SystemFailure) {
        guard Platform.syncData(number) == 0 else { throw .last("fdatasync", path) }
    }

    /// Takes the whole file's advisory lock without waiting; false if another process has it.
    ///
    /// - Parameter shared: whether others may have it too, as long as all of them share it.
    ///
    /// The lock goes when the process ends, however it ends (open file description lock on Linux
    /// and `flock` elsewhere behave alike here).
    package func tryLock(shared: Bool = false) throws(SystemFailure) -> Bool {
        guard flock(number, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 else { return true }
        guard Platform.lastError == EWOULDBLOCK else { throw .last("flock", path) }
        return false
    }

    /// Gives the lock back at once.
    ///
    /// Closing alone does not while a child process that was just forked, on its way to another
    /// program, still has the file open too.
    package func unlock() { _ = flock(number, LOCK_UN) }
}
