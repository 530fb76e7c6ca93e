import Foundation

/// The real executable, in a process of its own.
struct ToolProcess {
    let code: Int32
    let output: Data
    let errors: String

    /// Beside the executable that runs these tests.
    static var executable: URL {
        let tests = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let beside = tests.appending(path: "vdbtool")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
        // Inside a bundle, as on Apple systems: Contents/MacOS.
        return Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            .deletingLastPathComponent().appending(path: "vdbtool") ?? beside
    }

    /// Runs the tool with a file as its standard input and waits for its end.
    init(_ words: [String], input: String = "/dev/null") throws {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = words
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: input))
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Its few lines of errors fit the pipe.
        self.output = output.fileHandleForReading.readDataToEndOfFile()
        self.errors = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        code = process.terminationStatus
    }
}
