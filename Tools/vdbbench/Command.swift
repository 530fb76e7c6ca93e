/// One measurement: what it takes, what its help says, and what it does.
struct Command: Sendable {
    let name: String
    let summary: String
    /// Names of arguments without a name; all may be left out but those of `requiredCount`.
    var positionals: [String] = []
    var requiredCount = 0
    let options: [Option]
    /// What is measured and what is to be known about the figures.
    let notes: String
    /// Returns the text for people and the same figures as JSON.
    let run: @Sendable (Arguments) throws(BenchFailure) -> Report

    var allOptions: [Option] { options + [.json, .help] }

    /// All about it.
    var help: String {
        let names = positionals.enumerated().map { index, name in
            index < requiredCount ? name : "[\(name)]"
        }
        let usage = ["usage: vdbbench", name] + names + ["[--OPTION=VALUE …]"]
        var lines = ["vdbbench \(name): \(summary)", "", usage.joined(separator: " "), ""]
        for option in allOptions {
            lines.append("  \(option.usage)")
            lines.append("      \(option.help)")
        }
        return (lines + ["", notes]).joined(separator: "\n")
    }
}

/// What a measurement found.
struct Report: Sendable {
    /// For people.
    var lines: [String]
    /// For scripts: the same figures.
    var json: JSON
}
