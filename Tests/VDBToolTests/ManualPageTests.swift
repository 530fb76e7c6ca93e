import Testing

@testable import vdbtool

/// The manual page and the table of commands say the same.
@Suite struct ManualPageTests {
    private let page = tool("help", "--man").output

    @Test("every command, argument, option and example is in the page, in the table's order")
    func complete() throws {
        var rest = page[...]
        func find(_ text: String) throws {
            let range = rest.firstRange(of: ManualPage.escaped(text))
            rest = rest[try #require(range, "\(text)").upperBound...]
        }
        for command in CommandTable.all {
            try find("vdbtool \(command.name)")
            for positional in command.positionals { try find(positional.help) }
            for option in command.allOptions {
                try find(option.usage)
                try find(option.help)
            }
            for note in command.notes { try find(note) }
            try find(command.example)
        }
        for (code, _) in Help.exitCodes { try find(String(code)) }
    }

    @Test("no line of text is taken for a request, and no character for an escape")
    func escapes() {
        #expect(ManualPage.escaped("--a='x\\y' ^~`") == "\\-\\-a=\\(aqx\\ey\\(aq \\(ha\\(ti\\(ga")
        #expect(ManualPage.escaped(".gz") == "\\&.gz")
        let requests: Set = [
            ".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".nf", ".fi", ".RS", ".RE", ".ad",
            ".nh",
        ]
        for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            let name = line.prefix { $0 != " " }
            #expect(requests.contains(String(name)) || name == ".\\\"", "\(line)")
        }
        let escapes: Set<Character> = ["-", "e", "(", "f", "&", "\""]
        var isEscape = false
        for character in page {
            if isEscape { #expect(escapes.contains(character), "\\\(character)") }
            isEscape = character == "\\" && !isEscape
        }
    }

    @Test("help --man takes its place in help and completions")
    func option() {
        #expect(tool("help", "help").output.contains("--man"))
        #expect(tool("completions", "bash").output.contains("--man"))
        #expect(page.hasPrefix(".\\\" Made by"))
    }
}
