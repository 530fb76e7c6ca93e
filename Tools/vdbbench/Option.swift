/// An option of a command, `--name=value`, or a flag `--name`.
struct Option: Sendable, Hashable {
    /// Without the dashes.
    let name: String
    /// As the help shows the value; nil for a flag.
    let placeholder: String?
    /// What it means, and its default.
    let help: String

    init(_ name: String, _ placeholder: String? = nil, help: String) {
        self.name = name
        self.placeholder = placeholder
        self.help = help
    }

    /// `--name=VALUE`.
    var usage: String { "--" + name + (placeholder.map { "=" + $0 } ?? "") }

    static let json = Option("json", help: "print JSON, and nothing else")
    static let help = Option("help", help: "show this help")
    static let directory = Option(
        "directory", "DIR",
        help: "where the databases are made and removed (default: the current directory); "
            + "its disk is what is measured")
    static let dimension = Option(
        "dimension", "N", help: "components of random vectors, if there is no FILE (default 784)")
    static let seconds = Option("seconds", "N", help: "time for each measurement (default 5)")
    static let seed = Option("seed", "N", help: "of all random choices (default 1)")
    static let manual = Option("manual", help: "no checkpoints and training in the background")
}
