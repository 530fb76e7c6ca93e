/// Help texts, made from the table of commands.
enum Help {
    private static let width = 80

    /// What the tool does: all commands in a line each.
    static var overview: String {
        var lines = [
            "vdbtool: VectorDB from the command line", "",
            "usage: vdbtool COMMAND [ARGUMENT …] [--OPTION=VALUE …]", "",
        ]
        var table = TextTable(alignments: [.left, .left])
        for command in CommandTable.all { table.add(["  " + command.name, command.summary]) }
        lines += table.lines
        lines += ["", "vdbtool help COMMAND explains a command; --version prints the version.", ""]
        lines += wrapped(
            "exit codes: " + exitCodes.map { "\($0) \($1)" }.joined(separator: ", "))
        return lines.joined(separator: "\n")
    }

    /// All about a command.
    static func text(for command: Command) -> String {
        var lines = ["vdbtool \(command.name): \(command.summary)", ""]
        lines += wrapped(usage(of: command), indent: "       ")
        lines.append("")
        for positional in command.positionals {
            lines += entry(positional.name, positional.help)
        }
        for option in command.allOptions {
            let repeatable = option.isRepeatable ? "; can be given several times" : ""
            lines += entry(option.usage, option.help + repeatable)
        }
        for note in command.notes { lines += [""] + wrapped(note) }
        lines += ["", "example:", "  \(command.example)"]
        return lines.joined(separator: "\n")
    }

    /// What the tool's exit codes say.
    static let exitCodes = [
        (0, "done"), (1, "the answer is no"), (64, "usage"), (65, "bad input data"),
        (66, "no such database or file"), (70, "internal"), (73, "cannot create"),
        (74, "read or write error"), (75, "in use by another writer"),
        (76, "damaged or foreign database"), (130, "stopped by Ctrl-C (SIGINT)"),
        (143, "stopped by SIGTERM"),
    ]

    /// `usage: vdbtool search DB (--vector=JSON | …) [--count=N] …`
    static func usage(of command: Command) -> String {
        var parts = ["usage: vdbtool \(command.name)"]
        for positional in command.positionals {
            let name = positional.name + (positional.isRepeatable ? " …" : "")
            parts.append(positional.isRequired ? name : "[\(name)]")
        }
        var shown: Set<String> = []
        for option in command.allOptions where !shown.contains(option.name) {
            let (text, names) = usage(of: option, command)
            shown.formUnion(names)
            parts.append(text)
        }
        return parts.joined(separator: " ")
    }

    /// An option with those that it excludes, as the rules say.
    private static func usage(of option: Option, _ command: Command) -> (String, [String]) {
        for rule in command.rules {
            let alternatives: [String]
            let brackets: (String, String)
            switch rule {
            case .exactlyOne(let names): (alternatives, brackets) = (names, ("(", ")"))
            case .atMostOne(let names): (alternatives, brackets) = (names, ("[", "]"))
            case .together, .needs: continue
            }
            guard alternatives.contains(option.name) else { continue }
            var shown: [String] = []
            let texts = alternatives.map { name in
                let partners = partners(of: name, command)
                shown += partners
                return partners.compactMap { name in
                    command.options.first { $0.name == name }?.usage
                }.joined(separator: " ")
            }
            return (brackets.0 + texts.joined(separator: " | ") + brackets.1, shown)
        }
        let text = option.usage + (option.isRepeatable ? " …" : "")
        return (option.isRequired ? text : "[\(text)]", [option.name])
    }

    /// The option and those that must stand beside it.
    private static func partners(of name: String, _ command: Command) -> [String] {
        for case .together(let names) in command.rules where names.contains(name) { return names }
        return [name]
    }

    /// A name and what it means, beside or below it.
    private static func entry(_ name: String, _ help: String) -> [String] {
        let column = 24
        let indent = String(repeating: " ", count: column)
        let lines = wrapped(help, indent: indent, firstIndent: indent)
        let head = "  " + name
        guard head.count <= column - 2, let first = lines.first else { return [head] + lines }
        return [head + first.dropFirst(head.count)] + lines.dropFirst()
    }

    /// The text in lines that fit the width.
    private static func wrapped(
        _ text: String, indent: String = "", firstIndent: String = ""
    ) -> [String] {
        var lines: [String] = []
        var line = firstIndent
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                (line, isEmpty) = (indent, true)
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }
}
