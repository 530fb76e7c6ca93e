/// The manual page, made from the table of commands: text for `man`, in the macros of man(7).
enum ManualPage {
    static var text: String {
        var lines = [
            ".\\\" Made by: vdbtool help --man",
            ".TH VDBTOOL 1 \"\" \"VectorDB \(VDBTool.version)\"",
            // Ragged, and no word divided: long options would tear holes into the lines.
            ".ad l", ".nh",
            ".SH NAME", "vdbtool \\- VectorDB from the command line",
            ".SH SYNOPSIS", ".B vdbtool", ".I COMMAND",
            "[\\fIARGUMENT\\fR ...] "
                + "[\\fB\\-\\-\\fIOPTION\\fR=\\fIVALUE\\fR ...]",
            ".SH DESCRIPTION",
            escaped(
                "A database is a directory; DB stands for its path. Options may stand anywhere "
                    + "after the command, as --name=value or --name value; after -- there are no "
                    + "options any more."),
            ".SH COMMANDS",
        ]
        for command in CommandTable.all { lines += section(command) }
        lines += [".SH EXIT STATUS"]
        for (code, meaning) in Help.exitCodes { lines += [".TP", "\\fB\(code)\\fR", meaning] }
        return lines.joined(separator: "\n")
    }

    private static func section(_ command: Command) -> [String] {
        var lines = [".SS vdbtool \(escaped(command.name))", sentence(command.summary), ".PP"]
        lines.append(escaped(Help.usage(of: command)))
        for positional in command.positionals {
            lines += [".TP", "\\fI\(escaped(positional.name))\\fR", escaped(positional.help)]
        }
        for option in command.allOptions {
            let repeatable = option.isRepeatable ? "; can be given several times" : ""
            lines += [".TP", "\\fB\(escaped(option.usage))\\fR"]
            lines.append(escaped(option.help + repeatable))
        }
        for note in command.notes { lines += [".PP", escaped(note)] }
        lines += [".PP", "Example:", ".PP", ".nf", ".RS", escaped(command.example), ".RE", ".fi"]
        return lines
    }

    /// The summary with a capital and a full stop.
    private static func sentence(_ text: String) -> String {
        escaped(text.prefix(1).uppercased() + text.dropFirst() + ".")
    }

    /// Text that means itself: no escapes, no requests, and dashes that can be copied.
    static func escaped(_ text: String) -> String {
        let names: [Character: String] = [
            "\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti",
            "…": "...",
        ]
        let line = text.map { names[$0] ?? String($0) }.joined()
        return line.hasPrefix(".") ? "\\&" + line : line
    }
}
