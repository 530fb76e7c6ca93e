/// `help`: what the tool and its commands do.
enum HelpCommand {
    static let command = Command(
        name: "help", summary: "explain the tool or a command",
        positionals: [
            Positional(
                name: "COMMAND", help: "the command to explain", completion: .none,
                isRequired: false)
        ],
        hasOutputOptions: false,
        example: "vdbtool help import",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        if let name = arguments.positionals.first {
            try console.print(Help.text(for: try CommandTable.command(named: name)))
        } else {
            try console.print(Help.overview)
        }
        return .done
    }
}
