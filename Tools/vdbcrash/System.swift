internal import VDBPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What the program asks of the operating system beyond what the library's layers offer.
enum System {
    static func exit(_ code: Int32) -> Never {
        #if canImport(Glibc)
            Glibc.exit(code)
        #elseif canImport(Musl)
            Musl.exit(code)
        #else
            Darwin.exit(code)
        #endif
    }

    /// Runs this program anew with the environment variable set to 1, unless it is set.
    static func restartUnlessSet(_ variable: String) {
        guard getenv(variable) == nil, setenv(variable, "1", 0) == 0 else { return }
        var words = CommandLine.arguments.map { strdup($0) } + [nil]
        _ = execv(ChildProcess.program, &words)
        // Without it only the repetition of a run is less exact.
        for word in words { free(word) }
    }

    /// Writes a line.
    static func print(_ line: String, to descriptor: Int32 = 1) {
        _ = send(Array((line + "\n").utf8), to: descriptor)
    }

    /// Writes all bytes in one call; false if that fails.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            #if canImport(Glibc)
                Glibc.write(descriptor, buffer.baseAddress, buffer.count) == buffer.count
            #elseif canImport(Musl)
                Musl.write(descriptor, buffer.baseAddress, buffer.count) == buffer.count
            #else
                Darwin.write(descriptor, buffer.baseAddress, buffer.count) == buffer.count
            #endif
        }
    }

    /// Waits for bytes, up to `limit`; none at the end of the stream.
    static func receive(_ limit: Int, from descriptor: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            let count = bytes.withUnsafeMutableBytes { buffer in
                #if canImport(Glibc)
                    Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                    Musl.read(descriptor, buffer.baseAddress, buffer.count)
                #else
                    Darwin.read(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            if count < 0 && Platform.lastError == EINTR { continue }
            return Array(bytes.prefix(max(0, count)))
        }
    }

    /// Runs `body` in a forked child. If it returns false, the child aborts its parent.
    ///
    /// Swift hides the call, since other threads may hold locks that the child needs; it ends after
    /// some seconds whatever happens.
    static func fork(endAfterSeconds seconds: UInt32, _ body: () -> Bool) {
        typealias Fork = @convention(c) () -> pid_t
        guard let symbol = dlsym(nil, "fork") else { return }
        // Nobody waits for children.
        signal(SIGCHLD, SIG_IGN)
        let parent = getpid()
        guard unsafeBitCast(symbol, to: Fork.self)() == 0 else { return }
        alarm(seconds)
        // Whoever reads the parent's output waits until nobody has it open.
        for descriptor in 0...2 as ClosedRange<Int32> { _ = close(descriptor) }
        if !body() && getppid() == parent { kill(parent, SIGABRT) }
        _exit(0)
    }

    /// Does nothing for so long.
    static func pause(microseconds: Int) {
        var time = timespec(
            tv_sec: microseconds / 1_000_000, tv_nsec: microseconds % 1_000_000 * 1000)
        nanosleep(&time, nil)
    }

    /// The error numbers that files fail with.
    static let inputOutputError = EIO
    static let noSpace = ENOSPC
}
