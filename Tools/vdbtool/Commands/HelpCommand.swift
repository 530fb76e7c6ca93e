/// `help`: what the tool and its commands do.
enum HelpCommand {
    private static let manual = Option(
        "man", help: "print the manual page of all commands, as man reads it")

    static let command = Command(
        name: "help", summary: "explain the tool or a command",
        positionals: [
            Positional(
                name: "COMMAND", help: "the command to explain", completion: .none,
                isRequired: false)
        ],
        options: [manual],
        hasOutputOptions: false,
        notes: [
            "To install the manual page: vdbtool help --man > /usr/local/share/man/man1/vdbtool.1"
        ],
        example: "vdbtool help import",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        if arguments.has(manual) {
            try console.print(ManualPage.text)
        } else if let name = arguments.positionals.first {
            try console.print(Help.text(for: try CommandTable.command(named: name)))
        } else {
            try console.print(Help.overview)
        }
        return .done
    }
}
