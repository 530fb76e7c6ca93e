import Testing

@Suite struct FormatTests {
    @Test(
        "the pages of the formats are there",
        arguments: [
            "README", "archive", "database", "lists", "vectors", "models", "attributes",
            "payloads", "log",
            "schema",
        ])
    func pages(name: String) { #expect(SourceTree.contains("Formats/\(name).md")) }

    @Test("every page that code names is there")
    func namedPages() throws {
        let files = try SourceTree.files(
            in: ["Sources", "Tools"], extensions: ["swift", "c", "h", "py"])
        for file in files {
            for (index, line) in file.lines.enumerated() where line.contains("Formats/") {
                for match in line.matches(of: /Formats\/[A-Za-z]+\.md/) {
                    let isThere = SourceTree.contains(String(match.0))
                    #expect(isThere, "\(SourceTree.place(file, index))")
                }
            }
        }
    }

    @Test("every kind of value is used only by files that name its page")
    func kindsHavePages() throws {
        let files = try SourceTree.files(in: ["Sources"])
        let table = try #require(files.first { $0.path == "Sources/VDBIndex/TableName.swift" })
        let kinds = table.code.compactMap {
            $0.firstMatch(of: /static let (\w+): UInt8 = \d+/).map { String($0.1) }
        }
        #expect(kinds.count >= 12)
        for kind in kinds {
            let writers = files.filter { file in
                file.code.contains {
                    $0.contains("SealedValue.writer") || $0.contains("kind: ValueKind." + kind)
                } && file.code.contains { $0.contains("ValueKind." + kind) }
            }
            #expect(!writers.isEmpty, "nothing writes ValueKind.\(kind)")
            let pages = writers.filter { file in
                file.lines.contains { $0.contains(/Formats\/[a-z]+\.md/) }
            }
            #expect(!pages.isEmpty, "no file that writes ValueKind.\(kind) names its page")
        }
    }
}
