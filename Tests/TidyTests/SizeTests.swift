import Testing

@Suite struct SizeTests {
    private let folders = ["Sources", "Tests", "Tools"]

    @Test("no line is over 100 columns, unless it is one text that cannot be broken")
    func lineLength() throws {
        for file in try SourceTree.files(in: folders) {
            for (index, line) in file.lines.enumerated()
            where line.utf8.count > 100 && line.count > 100 {
                let text = line.drop { $0 == " " }
                let isText = text.hasPrefix("\"") && text.dropFirst().contains("\"")
                #expect(isText, "\(SourceTree.place(file, index))")
            }
        }
    }

    @Test("no file is over 400 lines")
    func fileLength() throws {
        for file in try SourceTree.files(in: folders) {
            #expect(file.lines.count <= 401, "\(file.path): \(file.lines.count - 1) lines")
        }
    }

    @Test("no function is over 70 lines")
    func functionLength() throws {
        for file in try SourceTree.files(in: folders) {
            for function in functions(of: file) {
                #expect(
                    function.lineCount <= 70,
                    "\(SourceTree.place(file, function.start)) (\(function.lineCount) lines)")
            }
        }
    }

    @Test("the measure of functions finds their ends")
    func measure() {
        let file = SourceFile(
            path: "Sources/X/X.swift",
            lines: [
                "struct X {", "    func one() { 1 }", "    init(", "        _ text: String = \"{\"",
                "    ) {", "        if true { // }", "        }", "    }",
                "    func required()", "    func two() {", "        func inner() {", "        }",
                "    }", "}",
            ])
        let found = functions(of: file)
        #expect(found.map(\.start) == [1, 2, 9, 10])
        #expect(found.map(\.lineCount) == [1, 6, 4, 2])
    }

    /// Where each function starts and how many lines it takes, by the depth of its braces.
    private func functions(of file: SourceFile) -> [(start: Int, lineCount: Int)] {
        let code = file.code
        let head = /^\s*(?:(?:@\w+(?:\([^)]*\))?|[a-z]+(?:\(set\))?) )*(?:func |init[?(<]|deinit\b)/
        return code.indices.compactMap { start in
            // The expression alone would be right, but slow.
            guard code[start].contains("func ") || code[start].contains("init"),
                code[start].firstMatch(of: head) != nil, let end = end(of: code, from: start)
            else { return nil }
            return (start, end - start + 1)
        }
    }

    /// The line of the brace that closes the first one opened, or nil if a requirement of a
    /// protocol has no body: something else is declared, or a type ends, before a brace opens.
    private func end(of code: [String], from start: Int) -> Int? {
        var depth = 0
        var parentheses = 0
        var isOpen = false
        for index in start..<code.count {
            for byte in code[index].utf8 {
                switch byte {
                case UInt8(ascii: "("): parentheses += 1
                case UInt8(ascii: ")"): parentheses -= 1
                case UInt8(ascii: "{"):
                    depth += 1
                    isOpen = true
                case UInt8(ascii: "}"): depth -= 1
                default: break
                }
                if isOpen && depth == 0 && parentheses == 0 { return index }
                if depth < 0 { return nil }
            }
            guard !isOpen && parentheses == 0 else { continue }
            let next = index + 1 < code.count ? code[index + 1] : ""
            let isContinued = next.contains(/^\s*(?:throws|->|where|\{|async|\)|[A-Za-z]+ *[:=])/)
            guard isContinued else { return nil }
        }
        return nil
    }
}
