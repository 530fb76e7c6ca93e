import Foundation
import Testing
import VectorDB

@testable import vdbtool

/// What the commands do with a filter: `search --explain`, `delete --where`.
@Suite struct FilterCommandTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
        try IndexedDatabase.make(at: path)
    }

    private var zeros: String {
        get throws {
            try folder.write(
                fvecs([[0, 0, 0, 0, 0, 0, 0, 0], [32, 32, 32, 32, 32, 32, 32, 32]]), "q.fvecs")
        }
    }

    /// Live records whose attribute has the value.
    private func count(of value: AttributeValue, _ name: String) -> Int {
        let batch = IndexedDatabase.batch(of: 0..<IndexedDatabase.recordCount)
        let values = batch.attributes[name] ?? []
        return zip(batch.ids, values).count {
            $1 == value && !IndexedDatabase.deletedIDs.contains($0)
        }
    }

    @Test("delete --where deletes what matches and says how many; the rest stays")
    func deletion() throws {
        let due = count(of: .integer(3), "stars")
        let answer = tool("delete", path, "--where=stars = 3", "--json")
        #expect(answer.code == .done, "\(answer.errors)")
        #expect(try answer.json[0]["deleted"] == .count(due))
        #expect(tool("delete", path, "--where=stars = 3").output == "deleted 0\n")
        let left = try tool(
            "search", path, "--queries=\(zeros)", "--row=0", "--count=600", "--recall=1", "--json")
        guard case .array(let matches) = try left.json[0]["matches"] else {
            Issue.record("no matches")
            return
        }
        #expect(matches.count == 597 - due)
        #expect(!left.output.contains("\"stars\":3"))
    }

    @Test("an argument that is not UTF-8 is refused: it would stand for other text")
    func unreadableArgument() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "\"$0\" delete \"$1\" --where=\"kind = '$(printf 'caf\\351')'\" 2>&1",
            ToolProcess.executable.path, path,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == ExitCode.usage.rawValue)
        #expect(String(decoding: output, as: UTF8.self) == "vdbtool: argument 3 is not UTF-8\n")
    }

    @Test("a distance below 0 is refused in the same way for one query and for many")
    func negativeDistance() throws {
        for query in ["--id=1", try "--queries=\(zeros)"] {
            let answer = tool("search", path, query, "--within=-1")
            #expect(answer.code == .usage, "\(query)")
            #expect(answer.errors.contains("-1 is below 0"), "\(answer.errors)")
        }
    }

    @Test("delete takes ids or a filter, and a filter that the schema knows")
    func refusals() {
        #expect(tool("delete", path, "1", "--where=stars = 3").code == .usage)
        #expect(tool("delete", path).code == .usage)
        let unknown = tool("delete", path, "--where=speed > 3")
        #expect(unknown.code != .done)
        #expect(unknown.errors.contains("speed"))
        #expect(tool("delete", path, "--where=stars = 3", "--json").code == .done)
    }

    @Test("search --explain says which way each search went, and what the filter ruled out")
    func explanation() throws {
        // The first few of a record a minute.
        let answer = try tool(
            "search", path, "--queries=\(zeros)", "--where=taken <= 2023-11-14T22:18:20Z",
            "--explain", "--json")
        #expect(answer.code == .done, "\(answer.errors)")
        let lines = try answer.json
        #expect(lines.count == 2)
        let times = IndexedDatabase.batch(of: 0..<6).attributes["taken"] ?? []
        let due = times.count { $0 != .null }
        for line in lines {
            let explanation = try #require(line["explanation"])
            #expect(explanation["plan"] == .string("attributes"))
            #expect(explanation["compared"] == .count(due))
            #expect(explanation["estimatedMatches"] == .count(due))
        }
        let manual = try tool(
            "search", path, "--queries=\(zeros)", "--where=kind = \"cat\" and taken < 1990-01-01",
            "--probes=5", "--rerank=10", "--explain")
        #expect(manual.code == .done, "\(manual.errors)")
        #expect(manual.output.contains("no record matches"))
        #expect(manual.output.contains("plan: lists"))
        #expect(manual.output.contains("lists: 5 of 5, 5 ruled out"))
    }
}
