import Testing

@Suite struct WordTests {
    @Test("nothing brings the host process down, or ignores an error by force")
    func crashes() throws {
        let found = try SourceTree.violations(
            in: SourceTree.files(in: ["Sources", "Tools"])
        ) { _, line in line.contains("try!") || line.contains("fatalError(") }
        #expect(found == [])
    }

    @Test("nothing is left to do")
    func leftovers() throws {
        for file in try SourceTree.files(
            in: ["Sources", "Tools"], extensions: ["swift", "c", "h", "py"])
        {
            for (index, line) in file.lines.enumerated() {
                guard line.contains("TODO") || line.contains("FIXME") else { continue }
                Issue.record("\(SourceTree.place(file, index))")
            }
        }
    }
}
