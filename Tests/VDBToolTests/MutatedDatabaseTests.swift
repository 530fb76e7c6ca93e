import Foundation
import Testing
import VDBPrimitives
import VectorDB

@testable import vdbtool

/// Every command on databases whose files are wrong in ways that nobody thought of.
@Suite struct MutatedDatabaseTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
    }

    private static let reading = [
        ["info"], ["lists"], ["list", "0"], ["block", "0", "0"], ["log"], ["verify"], ["get", "1"],
        ["search", "--id=1"], ["search", "--id=2", "--exact", "--where=stars >= 2"],
        ["search", "--id=3", "--where=kind = \"a\" and place in box (-90, -180, 90, 180)"],
    ]
    private static let writing = [
        ["update", "5", "--attributes={\"stars\": 9}"], ["delete", "6"], ["checkpoint"],
        ["recluster"], ["compact"],
    ]

    @Test("on a changed database every command answers or refuses", arguments: ["tables", "log"])
    func commands(part: String) throws {
        let source = folder.path + "/source.vdb"
        try IndexedDatabase.make(at: source)
        let name = try part == "tables" ? "data.mdb" : "log/" + lastSegment(of: source)
        let original = try Array(Data(contentsOf: URL(filePath: source + "/" + name)))
        for seed in 0..<UInt64(Mutation.count) {
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: source, toPath: path)
            let changed = Mutation.change(original, seed: seed)
            try Data(changed).write(to: URL(filePath: path + "/" + name))
            try run(Self.reading, "seed \(seed)")
            try repair("seed \(seed)")
            try run(Self.writing, "seed \(seed)")
        }
    }

    private func run(_ commands: [[String]], _ change: String) throws {
        for words in commands {
            toolThatMayFail([words[0], path] + words.dropFirst(), change)
        }
    }

    /// What is repaired, is sound.
    private func repair(_ change: String) throws {
        let repaired = folder.path + "/repaired.vdb"
        try? FileManager.default.removeItem(atPath: repaired)
        let answer = toolThatMayFail(["repair", path, "--into=\(repaired)"], change)
        guard answer.code == .done || answer.code == .negative,
            FileManager.default.fileExists(atPath: repaired)
        else { return }
        let verified = tool("verify", repaired)
        #expect(verified.code == .done, "\(change): \(verified.output)")
    }

    private func lastSegment(of path: String) throws -> String {
        try #require(FileSystem.names(in: path + "/log").max())
    }
}
