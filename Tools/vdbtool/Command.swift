/// One command: what it takes, what its help says, and what it does.
///
/// The parser, the help and the completions are all made from this.
struct Command: Sendable {
    let name: String
    /// What it does, in a few words: a line of the overview.
    let summary: String
    var positionals: [Positional] = []
    /// Its own options; `--json`, `--quiet` and `--help` are everywhere.
    var options: [Option] = []
    var rules: [OptionRule] = []
    /// Whether it has an answer that can be had as JSON, and progress that can be silenced.
    var hasOutputOptions = true
    /// Paragraphs after the options: what is printed, what is to be known.
    var notes: [String] = []
    let example: String
    let run: @Sendable (Arguments, Console) throws(ToolFailure) -> ExitCode

    /// Every option that the command takes.
    var allOptions: [Option] {
        options + (hasOutputOptions ? [.json, .quiet] : []) + [.help]
    }
}

/// An argument without a name.
struct Positional: Sendable, Hashable {
    /// As the help shows it.
    let name: String
    let help: String
    var completion = Option.Value.Completion.file
    /// Any number of them, at least one; only the last can.
    var isRepeatable = false
    var isRequired = true

    static let database = Positional(name: "DB", help: "the database: a directory")
}

/// What options have to do with one another.
enum OptionRule: Sendable, Hashable {
    case exactlyOne([String])
    case atMostOne([String])
    /// All or none of them.
    case together([String])
    /// The first only beside the second.
    case needs(String, String)
}
