internal import VDBPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A readable descriptor that is closed when it goes: a file, or the output of a program.
final class InputDescriptor {
    private let number: Int32
    /// The program at the other end of the pipe, until it has been waited for.
    private var process: pid_t?

    /// Opens a file.
    init(opening path: String) throws(SystemFailure) {
        number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .last("open", path) }
    }

    /// Another descriptor of a file that is open already.
    init(duplicating other: Int32) throws(SystemFailure) {
        number = fcntl(other, F_DUPFD_CLOEXEC, 0)
        guard number >= 0 else { throw .last("fcntl", "") }
    }

    /// Starts a program, found in PATH, with `input` as its standard input.
    ///
    /// It is put into a process group of its own: Ctrl-C is for us to handle, and the pipe's end
    /// ends the program. What it says on standard error is dropped; its exit status tells.
    init(
        outputOf program: String, _ arguments: [String], input: InputDescriptor
    ) throws(SystemFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .last("pipe", program) }
        number = ends[0]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, input.number, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
            _ = close(ends[1])
        }

        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let result = posix_spawnp(&process, program, &actions, &attributes, &words, environ)
        guard result == 0 else {
            throw SystemFailure(call: "posix_spawnp", path: program, number: result)
        }
        self.process = process
    }

    deinit {
        // A program that is still writing ends with SIGPIPE.
        if number >= 0 { _ = close(number) }
        _ = waitForEnd()
    }

    /// Bytes in the file, or nil if the descriptor is not a regular file's.
    var size: Int? {
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Whether bytes can come while we wait for them: from a pipe, a terminal or a socket.
    var isStream: Bool {
        var status = stat()
        guard fstat(number, &status) == 0 else { return false }
        return [S_IFIFO, S_IFCHR, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }

    /// Waits until there is something to read, or the end.
    ///
    /// - Returns: whether that came within the time.
    func waitForInput(milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        // A failure other than a signal is for `read` to report.
        let result = poll(&wanted, 1, milliseconds)
        return result > 0 || result < 0 && Platform.lastError != EINTR
    }

    /// Goes on at a byte of a regular file; false if that is not possible.
    func seek(to offset: Int) -> Bool { lseek(number, off_t(offset), SEEK_SET) >= 0 }

    /// Reads `count` bytes, fewer only at the end.
    func read(_ count: Int) throws(SystemFailure) -> [UInt8] {
        try read(atLeast: count, atMost: count)
    }

    /// Reads what is there, up to `count` bytes; none only at the end.
    func readSome(_ count: Int) throws(SystemFailure) -> [UInt8] {
        try read(atLeast: 1, atMost: count)
    }

    private func read(atLeast least: Int, atMost count: Int) throws(SystemFailure) -> [UInt8] {
        var failure: SystemFailure?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < least, failure == nil {
                let free = UnsafeMutableRawBufferPointer(buffer)[done...]
                let result = readOnce(UnsafeMutableRawBufferPointer(rebasing: free))
                if result == 0 { break }
                if result > 0 {
                    done += result
                } else if Platform.lastError != EINTR {
                    failure = .last("read", "")
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Waits for the program and returns how it ended: 0 is well, negative is by a signal.
    func waitForEnd() -> Int32 {
        guard let process else { return 0 }
        self.process = nil
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard Platform.lastError == EINTR else { return 0 }
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }

    private func readOnce(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(number, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.read(number, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(number, buffer.baseAddress, buffer.count)
        #endif
    }
}
