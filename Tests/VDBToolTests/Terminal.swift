import Foundation
import VDBPrimitives

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The real executable at a terminal of its own, with a keyboard to press Ctrl-C on.
final class Terminal {
    private let descriptor: Int32
    private let process = Process()
    private(set) var screen = ""

    /// Runs the tool; all three streams are the terminal.
    init(_ words: [String], columns: UInt16, environment: [String: String] = [:]) throws {
        var (near, far): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&near, &far, nil, nil, &size) == 0 else {
            throw SystemFailure.last("openpty", "")
        }
        descriptor = near
        let handle = FileHandle(fileDescriptor: far, closeOnDealloc: true)
        process.executableURL = ToolProcess.executable
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = handle
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        try handle.close()
    }

    deinit { close(descriptor) }

    /// Reads what is shown until `text` is, or until the program has closed the terminal.
    func watch(until text: String?) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while text.map({ !screen.contains($0) }) ?? true {
            // The end is an error on Linux: nobody has the other side any more.
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return }
            screen += String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    /// Sends the program the signal that Ctrl-C sends to whatever is in front.
    func interrupt() { process.interrupt() }

    /// Reads to the end and gives the exit code.
    func finish() -> Int32 {
        watch(until: nil)
        process.waitUntilExit()
        return process.terminationStatus
    }
}
