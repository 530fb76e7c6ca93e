#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Reading and writing a descriptor that has no offsets, or has its own: a pipe, a socket, a
/// terminal. It is the caller's, and stays open.
package enum ByteStream {
    /// Reads up to `buffer.count` bytes, as many as there are; waits for the first one. 0 is the
    /// end.
    package static func read(
        into buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, named name: String
    ) throws(SystemFailure) -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 { return count }
            try wait(for: POLLIN, descriptor, "read", name)
        }
    }

    /// Writes all of `bytes`.
    package static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, named name: String
    ) throws(SystemFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, part.baseAddress, part.count)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, part.baseAddress, part.count)
            #else
                let count = Darwin.write(descriptor, part.baseAddress, part.count)
            #endif
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else {
                try wait(for: POLLOUT, descriptor, "write", name)
            }
        }
    }

    /// After a call that returned −1: returns when it is worth another try, or throws its failure.
    private static func wait(
        for event: some BinaryInteger, _ descriptor: Int32, _ call: String, _ name: String
    ) throws(SystemFailure) {
        let error = Platform.lastError
        if error == EINTR { return }
        guard error == EAGAIN || error == EWOULDBLOCK else {
            throw SystemFailure(call: call, path: name, number: error)
        }
        // The descriptor is one that does not wait by itself.
        var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        _ = poll(&request, 1, -1)
    }
}
