// The only file that asks which operating system it is compiled for.

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What differs between the operating systems.
package enum Platform {
    /// The calling thread's last system error.
    package static var lastError: Int32 { errno }

    /// The error number for want of memory or address space.
    package static let outOfMemory = ENOMEM

    /// The error number for a handle whose file is no longer the one at its path.
    static let staleHandle = ESTALE

    /// The error number for a descriptor that cannot be used.
    static let badDescriptor = EBADF

    /// The error number for a file where a directory is wanted.
    static let notDirectory = ENOTDIR

    /// The error number for an argument that is not of the right kind.
    static let invalidArgument = EINVAL

    /// The error number for a lock that somebody else holds.
    static let wouldBlock = EWOULDBLOCK

    /// The error number for a name that is not there.
    static let noEntry = ENOENT

    /// Whether an error number means that the disk or the user's quota is full, or that files may
    /// not grow any further (`ulimit -f`).
    package static func isLackOfRoom(_ error: Int32) -> Bool {
        error == ENOSPC || error == EDQUOT || error == EFBIG
    }

    /// The error number of a call on a device that failed, and of a write that was cut short.
    package static let inputOutputError = EIO

    /// The operating system's words for an error number.
    package static func message(for error: Int32) -> String {
        guard let text = strerror(error) else { return "error \(error)" }
        return String(cString: text)
    }

    /// Makes the file's data durable, through the drive's own cache.
    ///
    /// On Apple systems `fsync` stops at the drive, `F_FULLFSYNC` does not.
    package static func syncData(_ descriptor: Int32) -> Int32 {
        #if canImport(Darwin)
            return fcntl(descriptor, F_FULLFSYNC)
        #else
            return fdatasync(descriptor)
        #endif
    }

    /// The `fcntl` command that sets a lock of an open file (F_OFD_SETLK, which the C library's
    /// Swift module lacks).
    static let setOpenFileLock: Int32 = {
        #if os(Linux) || os(Android)
            37
        #else
            -1
        #endif
    }()

    /// Whether there are locks of open files, which do not end when a process closes another
    /// descriptor of the file.
    package static var hasOpenFileLocks: Bool { setOpenFileLock >= 0 }

    /// The limit on this process's address space in bytes (`ulimit -v`); nil if there is none.
    package static var addressSpaceLimit: Int? {
        var limit = rlimit()
        #if canImport(Glibc)
            let result = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #else
            let result = getrlimit(RLIMIT_AS, &limit)
        #endif
        guard result == 0, limit.rlim_cur < rlim_t(Int.max) else { return nil }
        return Int(limit.rlim_cur)
    }

    /// The path at which the file of a descriptor is now; nil if it cannot be told.
    static func path(ofDescriptor number: Int32) -> String? {
        var field = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        #if canImport(Darwin)
            guard fcntl(number, F_GETPATH, &field) == 0 else { return nil }
        #else
            guard readlink("/proc/self/fd/\(number)", &field, Int(PATH_MAX)) > 0 else { return nil }
        #endif
        return field.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
    }

    /// The number of processors that this process may use, at least 1.
    package static var processorCount: Int {
        max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// Seconds of a clock that never goes back.
    package static var monotonicSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Lets the calling thread rest.
    package static func sleep(seconds: Double) {
        var time = timespec()
        time.tv_sec = Int(seconds)
        time.tv_nsec = Int(seconds.truncatingRemainder(dividingBy: 1) * 1e9)
        nanosleep(&time, nil)
    }

    /// Microseconds since 1970, UTC.
    package static var wallMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// The calling process.
    package static var processID: Int32 { getpid() }
}
