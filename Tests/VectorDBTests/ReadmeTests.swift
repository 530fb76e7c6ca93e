import Foundation
import Testing
import VectorDB

@Suite("README.md")
struct ReadmeTests {
    @Test("its example finds the record that matches")
    func runs() throws {
        try withTemporaryDirectory { directory in
            let matches = try example(directory: directory + "/database")
            #expect(matches.map(\.id) == [2])
        }
    }

    @Test("its example is the file ReadmeExample.swift, line by line")
    func isTheSame() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let compiled = try lines(of: folder.appending(path: "ReadmeExample.swift"))
        let readme = try lines(of: folder.appending(path: "../../README.md"))
        let start = try #require(readme.firstIndex(of: "```swift"))
        let shown = readme[(start + 1)...].prefix { $0 != "```" }
        #expect(Array(shown) == compiled)
    }

    private func lines(of file: URL) throws -> [String] {
        var lines = try String(contentsOf: file, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
