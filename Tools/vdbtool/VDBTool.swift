/// `vdbtool`: VectorDB from the command line.
///
/// What scripts may rely on is in the help of each command: options, JSON and exit codes.
enum VDBTool {
    /// The tool's version, which is the library's.
    static let version = "0.1.0"

    static func main() {
        let console = Console()
        if let place = firstUnreadableWord {
            console.complain("argument \(place) is not UTF-8")
            System.exit(ExitCode.usage.rawValue)
        }
        let words = Array(CommandLine.arguments.dropFirst())
        let code = run(words, console: console)
        System.exit(code.rawValue)
    }

    /// The place of the first argument that `CommandLine.arguments` cannot give as it is.
    private static var firstUnreadableWord: Int? {
        (1..<max(1, Int(CommandLine.argc))).first { place in
            CommandLine.unsafeArgv[place].map { String(validatingCString: $0) == nil } ?? false
        }
    }

    /// Runs the command that `words` ask for; failures end as one line on standard error.
    static func run(_ words: [String], console: Console) -> ExitCode {
        do throws(ToolFailure) {
            let code = try dispatch(words, console: console)
            try console.flush()
            return code
        } catch {
            console.complain(error.message)
            return error.code
        }
    }

    private static func dispatch(
        _ words: [String], console: Console
    ) throws(ToolFailure) -> ExitCode {
        guard let first = words.first else {
            throw .usage("no command is given; try vdbtool help")
        }
        switch first {
        case "--help":
            try console.print(Help.overview)
            return .done
        case "--version":
            try console.print("vdbtool \(version)")
            return .done
        default:
            break
        }
        let command = try CommandTable.command(named: first)
        if Arguments.askForHelp(words.dropFirst(), of: command) {
            try console.print(Help.text(for: command))
            return .done
        }
        let arguments = try Arguments(parsing: words.dropFirst(), for: command)
        return try run(command, arguments, console)
    }

    /// Runs the command; what it printed is written also where it fails.
    private static func run(
        _ command: Command, _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let console = console.configured(
            printsJSON: arguments.has(.json), isQuiet: arguments.has(.quiet))
        let code: ExitCode
        do throws(ToolFailure) {
            code = try command.run(arguments, console)
        } catch {
            try console.flush()
            throw error
        }
        try console.flush()
        return code
    }
}
