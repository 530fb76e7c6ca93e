import Foundation
import Testing
import VDBPrimitives
import VectorDB

@testable import vdbtool

@Suite struct ArchiveCommandTests {
    private let folder: Folder
    private let path: String
    private var archive: String { folder.path + "/test.archive" }
    private var restored: String { folder.path + "/restored.vdb" }

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
        #expect(tool("create", path, "--dimension=2").code == .done)
        let rows = fvecs((0..<500).map { [Float($0), 1] })
        let file = try folder.write(rows, "a.fvecs")
        #expect(tool("import", path, file, "--batch=100").code == .done)
    }

    @Test("backup and restore say what they did")
    func summaries() throws {
        let backup = tool("backup", path, archive, "--json")
        #expect(backup.code == .done, "\(backup.errors)")
        let json = try backup.json[0]
        #expect(json["records"] == .integer(500))
        #expect(json["position"] == .integer(5))
        #expect(json["bytes"] == .count(try FileSystem.size(archive)))
        let restore = tool("restore", archive, restored, "--json")
        #expect(restore.code == .done, "\(restore.errors)")
        for name in ["records", "position", "taken", "bytes", "contentBytes"] {
            #expect(try restore.json[0][name] == json[name])
        }
        #expect(tool("verify", restored).code == .done)
        let words = ["--vector=[77.2,1]", "--count=5", "--json"]
        #expect(
            tool(["search", restored] + words).output == tool(["search", path] + words).output)
        #expect(tool("backup", path, archive).output.hasPrefix("archived 500 records as of "))
    }

    @Test("what cannot be done has the contract's exit code")
    func refusals() throws {
        #expect(tool("backup", folder.path + "/none", archive).code == .noInput)
        #expect(tool("backup", path, folder.path).code == .cannotCreate)
        #expect(tool("backup", path, folder.path + "/no/archive").code == .readWriteError)
        #expect(tool("backup", path).code == .usage)
        #expect(tool("backup", path, archive, "--level=0").code == .usage)
        #expect(tool("restore", archive, restored).code == .noInput)
        #expect(tool("restore", folder.path + "/a.fvecs", restored).code == .badInput)
        #expect(tool("backup", path, archive).code == .done)
        #expect(tool("restore", archive, path).code == .cannotCreate)
        #expect(!FileSystem.exists(restored))
        #expect(!FileSystem.exists(restored + ".new"))
    }

    @Test("an archive goes through standard output and input of the real tool")
    func pipes() throws {
        let backup = try ToolProcess(["backup", path, "-"])
        #expect(backup.code == 0, "\(backup.errors)")
        try backup.output.write(to: URL(filePath: archive))
        // Nothing but the archive.
        let whole = try ToolProcess(["restore", archive, restored, "--json"])
        #expect(whole.code == 0, "\(whole.errors)")
        let other = folder.path + "/other.vdb"
        let restore = try ToolProcess(["restore", "-", other, "--json"], input: archive)
        #expect(restore.code == 0, "\(restore.errors)")
        let text = String(decoding: restore.output, as: UTF8.self)
        #expect(try JSONParser.parse(text)["bytes"] == .count(backup.output.count))
        #expect(tool("get", other, "499").output == tool("get", path, "499").output)

        let cut = try folder.write([UInt8](backup.output.dropLast(9)), "cut")
        let failed = try ToolProcess(["restore", "-", folder.path + "/x.vdb"], input: cut)
        #expect(failed.code == 65)
        #expect(failed.output.isEmpty)
        #expect(failed.errors.contains("ends at byte \(backup.output.count - 9), before its end"))
        #expect(!FileSystem.exists(folder.path + "/x.vdb"))
    }

    @Test("the real tool backs up what another process is writing, every batch whole")
    func besideWriter() throws {
        var options = Options()
        options.isAutomatic = false
        options.durability = .operatingSystem
        let database = try Database.open(at: path, options: options)
        let isDone = Flag()
        let (round, acknowledged, failures) = (Tally(), Tally(), Tally())
        let writer = try VDBPrimitives.Thread(name: "writer") {
            do {
                for batch in 0... {
                    // As much as the tool meets, not as much as the disk takes.
                    while batch >= round.count * 200 && !isDone.isSet { yieldProcessor() }
                    if isDone.isSet { break }
                    try database.insert(
                        (0..<10).map {
                            Record(id: UInt64(1000 + batch * 10 + $0), vector: [Float(batch), 2])
                        })
                    acknowledged.add()
                    if batch % 7 == 6 { try database.checkpoint() }
                }
            } catch {
                failures.add()
            }
        }
        for index in 0..<4 {
            let before = acknowledged.count
            round.add()
            let backup = try ToolProcess(["backup", path, archive, "--json"])
            #expect(backup.code == 0, "\(backup.errors)")
            let other = folder.path + "/restored \(index)"
            #expect(tool("restore", archive, other).code == .done)
            let copy = try Database.open(at: other, options: options)
            let count = try copy.statistics().liveCount - 500
            #expect(count % 10 == 0)
            #expect(count / 10 >= before)
            for id in 1000..<UInt64(1000 + count) where try copy.get(id) == nil {
                Issue.record("id \(id) of \(count) is missing")
                break
            }
            try copy.close()
        }
        isDone.set()
        writer.join()
        #expect(failures.count == 0)
        try database.close()
    }

    @Test("log shows segments and records, from a position on, up to a limit")
    func log() throws {
        var options = Options()
        options.isAutomatic = false
        let schema = try Schema(
            dimension: 1, attributes: [Attribute(name: "word", type: .keyword)])
        let database = try Database.create(at: restored, schema: schema, options: options)
        for id in 1...UInt64(9) {
            try database.insert(
                Record(id: id, vector: [1], attributes: ["word": .keyword("w\(id % 2)")]))
        }
        try database.delete([1, 2])
        // Not closed: it would move the log into the tables. Another process looks.
        let answer = try ToolProcess(["log", restored, "--json"])
        #expect(answer.code == 0, "\(answer.errors)")
        let lines = try String(decoding: answer.output, as: UTF8.self).split(separator: "\n")
            .map { try JSONParser.parse(String($0)) }
        #expect(lines.count == 11)
        let name = restored + "/log/0000000000000001.log"
        let size = try FileSystem.size(name)
        #expect(
            lines[0].text
                == #"{"applied":0,"segments":[{"name":"0000000000000001.log","first":1,"#
                + "\"records\":10,\"bytes\":\(size),"
                + #""torn":0}]}"#)
        #expect(lines[1]["newKeywords"] == .integer(1))
        #expect(lines[3]["newKeywords"] == .integer(0))
        #expect(lines[1]["offset"] == .integer(64))
        #expect(lines[10]["deletions"] == .integer(2))
        #expect(lines[10]["firstIDs"]?.text == "[1,2]")

        let part = try ToolProcess(["log", restored, "--json", "--from=4", "--limit=3"])
        let positions = try String(decoding: part.output, as: UTF8.self).split(separator: "\n")
            .dropFirst().map { try JSONParser.parse(String($0))["position"] }
        #expect(positions == [.integer(4), .integer(5), .integer(6)])

        // A part of a record, as a crash leaves it.
        let file = try FileDescriptor(opening: name, .readWrite)
        try [UInt8](repeating: 7, count: 40).withUnsafeBytes { try file.write($0, at: size) }
        let torn = try ToolProcess(["log", restored])
        #expect(torn.code == 0)
        let text = String(decoding: torn.output, as: UTF8.self)
        #expect(text.contains("torn: 40 bytes at its end"))
        #expect(text.contains("\n10  at "))
        try file.truncate(to: size)
        try database.close()
        #expect(tool("log", folder.path + "/none").code == .noInput)
        #expect(tool("log", restored).output.contains("hold everything up to record 10"))
    }
}

/// A number that threads add to.
private final class Tally: Sendable {
    private let value = Monitor<Int>(0)
    var count: Int { value.read { $0 } }
    func add() { value.update { $0 += 1 } }
}

/// Something that one thread tells the others once.
private final class Flag: Sendable {
    private let value = Monitor<Bool>(false)
    var isSet: Bool { value.read { $0 } }
    func set() { value.update { $0 = true } }
}

/// Lets other threads run.
private func yieldProcessor() { _ = sched_yield() }
