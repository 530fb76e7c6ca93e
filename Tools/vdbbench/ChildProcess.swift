internal import VDBPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// This program once more, as a process that may die.
enum ChildProcess {
    /// Runs it with these arguments and waits for its end.
    ///
    /// - Returns: the signal that ended it, or nil if it ended by itself.
    static func run(_ arguments: [String]) throws(BenchFailure) -> Int32? {
        let path = ownPath
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var process = pid_t()
        let result = posix_spawn(&process, path, nil, nil, words, environ)
        guard result == 0 else {
            throw BenchFailure(
                code: 70, message: "cannot start \(path): \(Platform.message(for: result))")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard Platform.lastError == EINTR else {
                throw BenchFailure(
                    code: 70,
                    message: "cannot wait for process \(process): "
                        + Platform.message(for: Platform.lastError))
            }
        }
        let signal = status & 0x7F
        return signal == 0 ? nil : signal
    }

    /// Ends this process as `kill -9` does: nothing of it runs any more.
    static func killSelf() { raise(SIGKILL) }

    static let killSignal = SIGKILL

    private static var ownPath: String {
        let link = "/proc/self/exe"
        return FileSystem.exists(link)
            ? FileSystem.canonicalPath(link) : CommandLine.arguments.first ?? "vdbbench"
    }
}
