import Testing

@testable import vdbbench

@Suite struct ArgumentsTests {
    private let threads = Option("threads", "N,…", help: "")
    private let force = Option("force", help: "")

    private func parse(_ words: String..., required: Int = 0) throws -> Arguments {
        let command = Command(
            name: "try", summary: "", positionals: ["FILE"], requiredCount: required,
            options: [threads, force, .seconds], notes: "",
            run: { (_) throws(BenchFailure) in Report(lines: [], json: .null) })
        return try Arguments(parsing: words[...], for: command)
    }

    @Test("a value follows after an equals sign or as the next word")
    func values() throws {
        #expect(try parse("--threads=1,8").integers(threads, or: []) == [1, 8])
        #expect(try parse("--threads", "32", "x").integers(threads, or: []) == [32])
        #expect(try parse("--threads", "32", "x").positionals == ["x"])
        #expect(try parse("--force").has(force))
    }

    @Test("what was not given is as it was said")
    func standards() throws {
        #expect(try parse().integers(threads, or: [1, 2]) == [1, 2])
        #expect(try parse().seconds(or: 5) == 5)
        #expect(try parse().integer(threads, or: 7) == 7)
        #expect(try !parse().has(force))
    }

    @Test(
        "a wrong command line is a usage error that says what is wrong",
        arguments: [
            (["--thread=1"], "--thread"), (["--threads"], "--threads"),
            (["--threads", "--force"], "--threads"), (["--force=1"], "--force"),
            (["--force", "--force"], "twice"), (["a", "b"], "b"),
        ])
    func wrong(words: [String], named: String) {
        let command = Command(
            name: "try", summary: "", positionals: ["FILE"], options: [threads, force],
            notes: "", run: { (_) throws(BenchFailure) in Report(lines: [], json: .null) })
        #expect {
            try Arguments(parsing: words[...], for: command)
        } throws: { error in
            guard let failure = error as? BenchFailure else { return false }
            return failure.code == 64 && failure.message.contains(named)
        }
    }

    @Test("an argument that is needed is asked for by its name")
    func missing() {
        #expect(throws: BenchFailure.usage("try needs FILE")) { try parse(required: 1) }
    }

    @Test("numbers must be whole and not too small", arguments: ["0", "-1", "1.5", "", "1,,2"])
    func numbers(text: String) throws {
        let arguments = try parse("--threads=\(text)")
        #expect(throws: BenchFailure.self) { try arguments.integers(threads, or: []) }
    }

    @Test("seconds must be over 0", arguments: ["0", "-2", "inf", "nan", "x"])
    func seconds(text: String) throws {
        let arguments = try parse("--seconds=\(text)")
        #expect(throws: BenchFailure.self) { try arguments.seconds(or: 1) }
    }

    @Test("every command explains all its options")
    func help() throws {
        for command in VDBBench.commands {
            let text = try VDBBench.answer(to: ["help", command.name])
            for option in command.allOptions { #expect(text.contains("  " + option.usage)) }
            #expect(try VDBBench.answer(to: [command.name, "--help"]) == text)
        }
        #expect(throws: BenchFailure.self) { try VDBBench.answer(to: ["nothing"]) }
    }
}
