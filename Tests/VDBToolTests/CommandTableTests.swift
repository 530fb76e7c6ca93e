import Testing
import VectorDB

@testable import vdbtool

@Suite struct CommandTableTests {
    @Test("every command is in the overview, in its own help and in the completions")
    func isComplete() {
        for command in CommandTable.all {
            #expect(tool("help").output.contains("  \(command.name) "))
            let help = tool("help", command.name)
            #expect(help.code == .done)
            #expect(help.output == tool(command.name, "--help").output)
            #expect(help.output.contains(command.example))
            for option in command.allOptions {
                #expect(help.output.contains(option.usage))
                for shell in ["bash", "zsh"] {
                    #expect(tool("completions", shell).output.contains("--\(option.name)"))
                }
                #expect(tool("completions", "fish").output.contains("-l \(option.name)"))
            }
        }
    }

    @Test("help fits 80 columns, examples and long names aside")
    func helpWidth() {
        for command in CommandTable.all {
            let lines = Help.text(for: command).split(separator: "\n")
            for line in lines where line.count > 80 {
                let isLong =
                    line.contains(command.example)
                    || command.allOptions.contains { line == "  " + $0.usage }
                #expect(isLong, "\(line)")
            }
        }
    }

    @Test("names in rules are those of options")
    func rules() {
        for command in CommandTable.all {
            let known = Set(command.options.map(\.name))
            for rule in command.rules {
                let names =
                    switch rule {
                    case .exactlyOne(let names), .atMostOne(let names), .together(let names): names
                    case .needs(let name, let other): [name, other]
                    }
                #expect(known.isSuperset(of: names))
            }
        }
    }

    @Test("without a command, or with one that is not there, the usage is wrong")
    func unknown() {
        #expect(tool([]).code == .usage)
        let answer = tool("serach")
        #expect(answer.code == .usage)
        #expect(answer.errors == "vdbtool: unknown command serach; did you mean search?\n")
        #expect(
            tool("shrink", "x").errors == "vdbtool: unknown command shrink; try vdbtool help\n")
        #expect(tool("--versoin").errors.contains("did you mean --version?"))
        #expect(tool("--version").output.hasPrefix("vdbtool "))
        #expect(tool("completions", "tcsh").code == .usage)
    }

    @Test(
        "the engine's errors have the contract's exit codes",
        arguments: [
            (VectorDBError.Code.noDatabase, 66), (.alreadyExists, 73), (.inUse, 75), (.damaged, 76),
            (.unsupportedFormat, 76), (.inputOutput, 74), (.invalidArgument, 64), (.notFound, 1),
        ])
    func exitCodes(code: VectorDBError.Code, number: Int) {
        #expect(ExitCode(code, input: .commandLine).rawValue == Int32(number))
    }

    @Test("what a file holds is not the command line's fault")
    func originOfInput() {
        #expect(ExitCode(.invalidArgument, input: .file) == .badInput)
        #expect(ExitCode(.inputOutput, input: .file) == .readWriteError)
    }
}
