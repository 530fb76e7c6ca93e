internal import VDBPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What this process has used up.
enum ProcessUsage {
    /// Processor time of all threads, user and system, in seconds.
    static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Processor time of the calling thread, user and system, in seconds.
    static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The most memory that was resident since `forgetPeak`, or since the start where the
    /// operating system cannot forget; bytes.
    static var peakResidentSize: Int {
        if let peak = status("VmHWM:") { return peak }
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return Int(usage.ru_maxrss)
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return Int(usage.ru_maxrss) * 1024
        #endif
    }

    /// Memory that is this process's alone, 0 where the operating system does not say; bytes.
    static var privateSize: Int { status("RssAnon:") ?? 0 }

    /// Address space that is reserved, 0 where the operating system does not say; bytes.
    static var addressSpace: Int { status("VmSize:") ?? 0 }

    /// Threads of this process, 0 where the operating system does not say.
    static var threadCount: Int { value("Threads:", in: "/proc/self/status") ?? 0 }

    /// Bytes handed to the operating system to write, 0 where it does not say.
    static var writtenSize: Int { value("wchar:", in: "/proc/self/io") ?? 0 }

    /// Lets the peak begin anew, on Linux.
    static func forgetPeak() {
        guard FileSystem.exists("/proc/self/clear_refs"),
            let file = try? FileDescriptor(opening: "/proc/self/clear_refs", .readWrite)
        else { return }
        [UInt8(ascii: "5")].withUnsafeBytes { bytes in
            // Where it is refused, the peak is that of the whole run, as documented.
            try? file.write(bytes, at: 0)
        }
    }

    /// A line of `/proc/self/status` in bytes, or nil where there is none.
    private static func status(_ name: String) -> Int? {
        value(name, in: "/proc/self/status").map { $0 * 1024 }
    }

    /// The number behind a name, or nil where there is none.
    private static func value(_ name: String, in path: String) -> Int? {
        guard let file = try? FileDescriptor(opening: path, .read) else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let count = bytes.withUnsafeMutableBytes { (try? file.read(into: $0, at: 0)) ?? 0 }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        return Int(line.dropFirst(name.count).filter(\.isNumber))
    }
}
