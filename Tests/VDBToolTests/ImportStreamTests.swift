import Foundation
import Testing
import VectorDB

@testable import vdbtool

/// What the real executable does where a pipe gives rows slowly, or the disk none of its room.
@Suite struct ImportStreamTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
        #expect(tool("create", path, "--dimension=1").code == .done)
    }

    private func start(_ words: [String], _ input: Pipe, _ errors: Pipe) throws -> Process {
        let process = Process()
        process.executableURL = ToolProcess.executable
        process.arguments = words
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        return process
    }

    /// Asks until the record is there. Without it this never ends: the writer waits for us.
    private func waitForRecord(_ id: Int) {
        while tool("get", path, "\(id)", "--quiet").code != .done {}
    }

    @Test(
        "rows from a pipe are in as they arrive, while the pipe stays open",
        .timeLimit(.minutes(1)), arguments: ["jsonl", "fvecs"])
    func pipe(format: String) throws {
        let (input, errors) = (Pipe(), Pipe())
        let process = try start(
            ["import", path, "-", "--format=\(format)", "--quiet"], input, errors)
        for id in 0..<3 {
            let row =
                format == "jsonl" ? Array("{\"vector\":[\(id)]}\n".utf8) : fvecs([[Float(id)]])
            input.fileHandleForWriting.write(Data(row))
            waitForRecord(id)
        }
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(
        "a signal ends an import that waits for a pipe", .timeLimit(.minutes(1)),
        arguments: [SIGINT, SIGTERM])
    func signal(number: Int32) throws {
        let (input, errors) = (Pipe(), Pipe())
        let process = try start(["import", path, "-", "--format=jsonl"], input, errors)
        input.fileHandleForWriting.write(Data("{\"vector\":[0]}\n".utf8))
        waitForRecord(0)
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        #expect(process.terminationStatus == 128 + number)
        let said = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(said.contains("1 vectors are in, go on with --skip=1"))
        let codes = Help.exitCodes.map(\.0)
        #expect(codes.contains(Int(process.terminationStatus)))
    }

    @Test("without room for the checkpoint, what is deleted stays so, and that is no failure")
    func noRoom() throws {
        let file = try folder.write(fvecs((0..<100).map { [Float($0)] }), "a.fvecs")
        #expect(tool("import", path, file).code == .done)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // Enough for the log, and less than the tables have already.
        process.arguments = [
            "-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"", ToolProcess.executable.path,
            "delete", path, "1", "2", "3",
        ]
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(output.fileHandleForReading.readDataToEndOfFile() == Data("deleted 3 of 3\n".utf8))
        let said = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(said.contains("the checkpoint waits for room"))
        #expect(tool("get", path, "2").code == .negative)
        #expect(tool("get", path, "4").code == .done)
        #expect(tool("verify", path).code == .done)
    }
}
