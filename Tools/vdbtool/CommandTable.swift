/// All commands, in the order of the overview.
enum CommandTable {
    static let all: [Command] = [
        CreateCommand.command, ImportCommand.command, ExportCommand.command,
        SearchCommand.command, EvaluateCommand.command, BenchCommand.command,
        GetCommand.command, DeleteCommand.command, UpdateCommand.command,
        InfoCommand.command, ListsCommand.command, ListCommand.command, BlockCommand.command,
        LogCommand.command, ReportCommand.command,
        VerifyCommand.command, RepairCommand.command,
        CheckpointCommand.command, CompactCommand.command, ReclusterCommand.command,
        BackupCommand.command, RestoreCommand.command,
        HelpCommand.command, CompletionsCommand.command,
    ]

    static func command(named name: String) throws(ToolFailure) -> Command {
        if let command = all.first(where: { $0.name == name }) { return command }
        let known = all.map(\.name) + ["--help", "--version"]
        let hint = nearestName(to: name, among: known).map { "did you mean \($0)?" }
        let what = name.hasPrefix("-") ? "option" : "command"
        throw .usage("unknown \(what) \(name); \(hint ?? "try vdbtool help")")
    }
}
