/// `completions`: what shells need to complete command lines.
enum CompletionsCommand {
    private static let shells: [(name: String, script: @Sendable () -> String)] = [
        ("bash", { Completions.bash }), ("zsh", { Completions.zsh }),
        ("fish", { Completions.fish }),
    ]

    static let command = Command(
        name: "completions", summary: "print completions for a shell",
        positionals: [
            Positional(
                name: "SHELL", help: "bash, zsh or fish",
                completion: .words(shells.map(\.name)))
        ],
        hasOutputOptions: false,
        example: "vdbtool completions bash > ~/.local/share/bash-completion/completions/vdbtool",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let name = arguments.positionals[0]
        guard let shell = shells.first(where: { $0.name == name }) else {
            throw .usage("cannot complete for \(quoted(name)): the shell is bash, zsh or fish")
        }
        try console.print(shell.script())
        return .done
    }
}
