import Foundation
import Testing

/// Short forms of what `Tools/soak` does at length.
@Suite("What is acknowledged is kept")
struct ProgramTests {
    @Test("by a database whose process is killed again and again")
    func kill() throws {
        let counts = try run("kill", "--count=8")
        #expect(counts["kills"] == 8)
        #expect(counts["calls acknowledged"] ?? 0 > 0)
        #expect(counts["recoveries looked at"] ?? 0 > 0)
    }

    @Test("when power is lost, at moments spread over all kinds of system calls")
    func power() throws {
        let counts = try run("power", "--count=40")
        #expect((counts["losses of power"] ?? 0) + (counts["simulated kills"] ?? 0) == 40)
        for moment in [
            "during recovery", "after a kill", "after a failed sync", "after a full disk",
        ] {
            #expect(counts["losses of power \(moment)"] ?? 0 > 0, "\(moment)")
        }
        for kind in ["write", "sync", "directory sync", "durable write"] {
            #expect(counts["after \(kind)"] ?? 0 > 0, "\(kind)")
        }
    }

    @Test("while an index of attributes is built and rewritten in several segments")
    func segments() throws {
        let counts = try run("segments", "--count=2")
        #expect((counts["losses of power"] ?? 0) + (counts["simulated kills"] ?? 0) == 2)
        #expect(counts["recorded effects"] ?? 0 > 6)
    }

    @Test("when system calls fail, once or from then on")
    func fail() throws {
        let counts = try run("fail", "--count=6")
        #expect(counts["failing calls"] == 6)
        #expect(counts["calls that threw"] ?? 0 > 0)
    }

    @Test(
        "a command line that cannot be read is refused", arguments: [["kil"], ["kill", "--x=1"]])
    func usage(words: [String]) throws {
        #expect(try start(words).status == 64)
    }

    /// Runs the program, which must find nothing, and returns what it counted.
    private func run(_ words: String...) throws -> [String: Int] {
        let directory = NSTemporaryDirectory() + "vdb-crash-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let answer = try start(words + ["--json", "--directory=\(directory)"])
        let output = String(decoding: answer.output, as: UTF8.self)
        // What a violation has left stays to be looked at.
        try #require(answer.status == 0, "\(output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        try FileManager.default.removeItem(atPath: directory)
        let object = try JSONSerialization.jsonObject(with: answer.output)
        let members = try #require(object as? [String: Any])
        return members.compactMapValues { $0 as? Int }
    }

    private func start(_ words: [String]) throws -> (status: Int32, output: Data) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = try program()
        process.arguments = words
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// The program beside these tests.
    private func program() throws -> URL {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let program = tests.deletingLastPathComponent().appendingPathComponent("vdbcrash")
        let isThere = FileManager.default.isExecutableFile(atPath: program.path)
        try #require(isThere, "\(program.path) is not built")
        return program
    }
}
