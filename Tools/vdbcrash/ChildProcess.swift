internal import VDBPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// This program, run once more, with its standard output at our end of a pipe.
struct ChildProcess {
    enum End: Hashable {
        case killed
        case signal(Int32)
        case exit(Int32)
    }

    /// Where its output can be read.
    let output: Int32
    private let number: pid_t

    init(arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemFailure.last("pipe", "") }
        // The reading end is ours alone, lest a later child keeps this one's pipe open.
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[1])
        defer { posix_spawn_file_actions_destroy(&actions) }

        let program = Self.program
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let result = posix_spawn(&child, program, &actions, nil, &words, environ)
        _ = close(ends[1])
        guard result == 0 else {
            _ = close(ends[0])
            throw SystemFailure(call: "posix_spawn", path: program, number: result)
        }
        output = ends[0]
        number = child
    }

    func kill() { _ = system(number, SIGKILL) }

    /// Waits for its end, and closes the pipe.
    func wait() -> End {
        var status: Int32 = 0
        while waitpid(number, &status, 0) < 0 && Platform.lastError == EINTR {}
        _ = close(output)
        let signal = status & 0x7F
        if signal == SIGKILL { return .killed }
        return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
    }

    private func system(_ number: pid_t, _ signal: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.kill(number, signal)
        #elseif canImport(Musl)
            Musl.kill(number, signal)
        #else
            Darwin.kill(number, signal)
        #endif
    }

    /// Where this program is.
    static var program: String {
        FileSystem.exists("/proc/self/exe")
            ? FileSystem.canonicalPath("/proc/self/exe") : CommandLine.arguments[0]
    }
}
