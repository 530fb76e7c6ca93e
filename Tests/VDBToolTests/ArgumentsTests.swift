import Testing

@testable import vdbtool

@Suite struct ArgumentsTests {
    private let count = Option("count", .text("N"), help: "")
    private let name = Option("name", .text("NAME"), isRepeatable: true, help: "")
    private let force = Option("force", help: "")

    private func command(
        required: Bool = false, _ rules: [OptionRule] = []
    ) -> Command {
        var options = [count, name, force]
        if required { options.append(Option("size", .text("N"), isRequired: true, help: "")) }
        return Command(
            name: "try", summary: "", positionals: [Positional.database], options: options,
            rules: rules, example: "", run: { (_, _) throws(ToolFailure) in .done })
    }

    private func parse(_ words: [String], _ command: Command? = nil) throws -> Arguments {
        try Arguments(parsing: words[...], for: command ?? self.command())
    }

    @Test("a value follows after an equals sign or as the next word")
    func values() throws {
        for words in [["x", "--count=5"], ["--count", "5", "x"], ["x", "--count", "5"]] {
            let arguments = try parse(words)
            #expect(arguments.positionals == ["x"])
            #expect(try arguments.integer(count, in: 1...10) == 5)
        }
    }

    @Test("a value can hold equals signs, dashes and nothing at all")
    func strangeValues() throws {
        #expect(try parse(["x", "--count=a=b"]).text(count) == "a=b")
        #expect(try parse(["x", "--count=--force"]).text(count) == "--force")
        #expect(try parse(["x", "--count", "-5"]).text(count) == "-5")
        #expect(try parse(["x", "--count="]).text(count) == "")
    }

    @Test("after two dashes there are no options")
    func endOfOptions() throws {
        #expect(try parse(["--", "--force"]).positionals == ["--force"])
    }

    @Test("repeatable options keep their order")
    func repeatable() throws {
        #expect(try parse(["--name=b", "x", "--name=a"]).texts(name) == ["b", "a"])
    }

    @Test(
        "what is wrong is named",
        arguments: [
            (["x", "--cuont=5"], "unknown option --cuont; did you mean --count?"),
            (["x", "--zzz"], "unknown option --zzz; try vdbtool help try"),
            (["x", "-h"], "unknown option -h; try vdbtool help try"),
            (["x", "--count=1", "--count=2"], "option --count is given twice"),
            (["x", "--force", "--force"], "option --force is given twice"),
            (["x", "--force=yes"], "option --force takes no value"),
            (["x", "--count"], "option --count needs a value: --count=N"),
            (["x", "--count", "--force"], "option --count needs a value: --count=N"),
            ([], "try needs DB: the database: a directory"),
            (["x", "y"], "unexpected argument y"),
        ])
    func complaints(words: [String], message: String) {
        #expect(failure { try parse(words) } == .usage(message))
    }

    @Test("a required option that is missing is named")
    func required() {
        #expect(
            failure { try parse(["x"], command(required: true)) } == .usage("try needs --size=N"))
    }

    @Test(
        "rules between options hold",
        arguments: [
            (
                OptionRule.exactlyOne(["count", "force"]), ["x"],
                "try needs one of --count, --force"
            ),
            (
                .exactlyOne(["count", "force"]), ["x", "--force", "--count=1"],
                "options --count, --force exclude each other"
            ),
            (
                .atMostOne(["count", "force"]), ["x", "--force", "--count=1"],
                "options --count, --force exclude each other"
            ),
            (
                .together(["count", "name"]), ["x", "--name=a"],
                "option --name needs --count beside it"
            ),
            (.needs("count", "name"), ["x", "--count=1"], "option --count needs --name beside it"),
        ])
    func rules(rule: OptionRule, words: [String], message: String) {
        #expect(failure { try parse(words, command([rule])) } == .usage(message))
    }

    @Test("whole numbers out of range are refused", arguments: ["0", "11", "x", "", "1.5", "１"])
    func integers(text: String) throws {
        let arguments = try parse(["x", "--count=\(text)"])
        #expect(failure { try arguments.integer(count, in: 1...10) }?.code == .usage)
    }

    @Test(
        "the nearest name is offered only if it is near",
        arguments: [
            ("serach", "search"), ("imprt", "import"), ("eval", "evaluate"), ("vacuum", nil),
            ("xyzzy", nil), ("Get", "get"),
        ])
    func nearest(word: String, expected: String?) {
        #expect(nearestName(to: word, among: CommandTable.all.map(\.name)) == expected)
    }

    @Test("distances between words count swaps as one")
    func distances() {
        #expect(editDistance("", "abc") == 3)
        #expect(editDistance("abc", "acb") == 1)
        #expect(editDistance("kitten", "sitting") == 3)
    }
}
