import Foundation
import Testing
import VDBPrimitives
import VectorDB

@testable import vdbtool

/// What somebody sees who sits at a terminal, and what Ctrl-C leaves.
@Suite struct TerminalTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
        #expect(tool("create", path, "--dimension=16").code == .done)
    }

    /// Many rows in batches of one: long enough to be seen at work.
    private func rows(_ count: Int) throws -> String {
        var random = RandomSource(seed: 3)
        let rows = (0..<count).map { _ in (0..<16).map { _ in Float(random.next() % 100) } }
        return try folder.write(fvecs(rows), "a.fvecs")
    }

    @Test(
        "Ctrl-C stops an import after the batch at work, takes the bar away and says how to go on",
        arguments: [100, 30])
    func interruption(columns: UInt16) throws {
        let file = try rows(20_000)
        let terminal = try Terminal(["import", path, file, "--batch=1"], columns: columns)
        terminal.watch(until: "importing ")
        terminal.interrupt()
        #expect(terminal.finish() == 130)
        #expect(terminal.screen.contains("\r\u{1B}[K"))
        let said = try #require(terminal.screen.firstMatch(of: /go on with --skip=([0-9]+)/))
        let done = try #require(Int(said.1))
        #expect(done > 0 && done < 20_000)
        #expect(try tool("info", path, "--json").json[0]["counts"]?["live"]?.text == "\(done)")
        #expect(tool("verify", path).code == .done)
        // No line that is drawn again is wider than the terminal, or it would stay.
        for line in terminal.screen.split(separator: "\r") where line.hasPrefix("importing ") {
            let text = line.prefix { $0 != "\u{1B}" }
            #expect(text.count < Int(columns), "\(text)")
        }
        let shown = terminal.screen.contains("[#") || terminal.screen.contains("[.")
        #expect(shown == (columns >= 72))
        let rest = tool("import", path, file, "--skip=\(done)", "--limit=5", "--no-maintain")
        #expect(rest.code == .done, "\(rest.errors)")
    }

    @Test("Ctrl-C during an export leaves no file")
    func interruptedExport() throws {
        let file = try rows(20_000)
        #expect(tool("import", path, file, "--no-maintain").code == .done)
        let target = folder.path + "/out.jsonl"
        let terminal = try Terminal(["export", path, target], columns: 80)
        terminal.watch(until: "exporting ")
        terminal.interrupt()
        #expect(terminal.finish() == 130)
        #expect(terminal.screen.contains("nothing was written"))
        #expect(try FileSystem.names(in: folder.path).allSatisfy { !$0.contains("out") })
    }

    @Test(
        "nothing is in colour, whether it is asked for or not",
        arguments: [["NO_COLOR": "1"], ["TERM": "xterm-256color", "CLICOLOR_FORCE": "1"]])
    func colours(environment: [String: String]) throws {
        let terminal = try Terminal(["info", path], columns: 40, environment: environment)
        #expect(terminal.finish() == 0)
        #expect(terminal.screen.contains("live records"))
        #expect(!terminal.screen.contains("\u{1B}"))
    }
}
