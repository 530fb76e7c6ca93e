internal import VDBPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What the tool asks of the operating system beyond what the library's layers offer.
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

    /// Writes all bytes; returns the error number of the failure, or nil.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                writeOnce(descriptor, UnsafeRawBufferPointer(rebasing: buffer[done...]))
            }
            if count < 0 {
                guard Platform.lastError == EINTR else { return Platform.lastError }
                continue
            }
            done += count
        }
        return nil
    }

    private static func writeOnce(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    /// The decimal logarithm, for scales of drawings.
    static func logarithm(_ value: Double) -> Double {
        #if canImport(Glibc)
            Glibc.log10(value)
        #elseif canImport(Musl)
            Musl.log10(value)
        #else
            Darwin.log10(value)
        #endif
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Columns of the terminal at the descriptor; 80 if it does not say.
    static func terminalWidth(_ descriptor: Int32) -> Int {
        var size = winsize()
        let result = ioctl(descriptor, UInt(TIOCGWINSZ), &size)
        return result == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// The error numbers that mean that a path leads nowhere.
    static func isMissing(_ error: Int32) -> Bool { error == ENOENT || error == ENOTDIR }
}
