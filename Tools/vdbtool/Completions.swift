/// Completion scripts for shells, made from the table of commands.
enum Completions {
    private static var names: [String] { CommandTable.all.map(\.name) }

    /// What may stand without a name after a command, besides files.
    private static func words(of command: Command) -> [String] {
        if command.name == HelpCommand.command.name { return names }
        return command.positionals.flatMap { positional in
            if case .words(let words) = positional.completion { words } else { [String]() }
        }
    }

    private static func takesFile(_ command: Command) -> Bool {
        command.positionals.contains { $0.completion == .file }
    }

    // MARK: - bash

    static var bash: String {
        var lines = [
            "# bash completion for vdbtool; made by: vdbtool completions bash",
            "_vdbtool() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} option value",
            "    COMPREPLY=()",
            "    if ((COMP_CWORD == 1)); then",
            "        COMPREPLY=($(compgen -W '\(names.joined(separator: " "))"
                + " --help --version' -- \"$current\"))",
            "        return",
            "    fi",
            // bash takes `=` for a word of its own.
            "    option=${COMP_WORDS[COMP_CWORD-1]} value=$current",
            "    [[ $option != = ]] || option=${COMP_WORDS[COMP_CWORD-2]}",
            "    [[ $current != = ]] || value=",
            "    case ${COMP_WORDS[1]}:$option in",
        ]
        for command in CommandTable.all {
            for option in command.allOptions {
                guard let completion = option.value?.completion else { continue }
                let pattern = "    \(command.name):--\(option.name))"
                switch completion {
                case .none: lines.append("\(pattern) return ;;")
                case .file:
                    lines.append("\(pattern) COMPREPLY=($(compgen -f -- \"$value\")); return ;;")
                case .words(let words):
                    lines.append(
                        "\(pattern) COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' "
                            + "-- \"$value\")); return ;;")
                }
            }
        }
        lines += ["    esac", "    case ${COMP_WORDS[1]} in"]
        for command in CommandTable.all {
            let options = command.allOptions.map { "--\($0.name)" + ($0.value == nil ? "" : "=") }
            let offered = (words(of: command) + options).joined(separator: " ")
            let files = takesFile(command) ? " $(compgen -f -- \"$current\")" : ""
            let words = "$(compgen -W '\(offered)' -- \"$current\")"
            lines.append("    \(command.name)) COMPREPLY=(\(words)\(files)) ;;")
        }
        lines += [
            "    esac",
            "    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace",
            "}",
            "complete -o filenames -F _vdbtool vdbtool",
        ]
        return lines.joined(separator: "\n")
    }

    // MARK: - zsh

    static var zsh: String {
        var lines = [
            "#compdef vdbtool",
            "# zsh completion for vdbtool; made by: vdbtool completions zsh",
            "_vdbtool() {",
            "    local -a commands=(",
        ]
        for command in CommandTable.all {
            lines.append("        \(single("\(command.name):\(command.summary)"))")
        }
        lines += [
            "    )",
            "    if ((CURRENT == 2)); then",
            "        _describe command commands",
            "        compadd -- --help --version",
            "        return",
            "    fi",
            "    local command=$words[2]",
            "    shift words; ((CURRENT--))",
            "    case $command in",
        ]
        for command in CommandTable.all {
            lines.append("    \(command.name))")
            lines.append("        _arguments -S \\")
            for option in command.allOptions {
                lines.append("            \(single(zshSpecification(of: option))) \\")
            }
            let words = words(of: command)
            let action =
                takesFile(command)
                ? "_files" : words.isEmpty ? " " : "(\(words.joined(separator: " ")))"
            lines.append("            \(single("*: :\(action)"))")
            lines.append("        ;;")
        }
        lines += ["    esac", "}", "_vdbtool \"$@\""]
        return lines.joined(separator: "\n")
    }

    /// `--count=[matches for each query]:N: `
    private static func zshSpecification(of option: Option) -> String {
        let special: Set<Character> = ["[", "]", ":", "\\"]
        let help = option.help.map { special.contains($0) ? "\\\($0)" : "\($0)" }.joined()
        let start = option.isRepeatable ? "*" : ""
        guard let value = option.value else { return "\(start)--\(option.name)[\(help)]" }
        let action =
            switch value.completion {
            case .none: " "
            case .file: "_files"
            case .words(let words): "(\(words.joined(separator: " ")))"
            }
        return "\(start)--\(option.name)=[\(help)]:value:\(action)"
    }

    // MARK: - fish

    static var fish: String {
        var lines = [
            "# fish completion for vdbtool; made by: vdbtool completions fish",
            "complete -c vdbtool -f",
            "complete -c vdbtool -n __fish_use_subcommand -l help -d \(single(Option.help.help))",
            "complete -c vdbtool -n __fish_use_subcommand -l version -d 'print the version'",
        ]
        for command in CommandTable.all {
            lines.append(
                "complete -c vdbtool -n __fish_use_subcommand -a \(command.name) "
                    + "-d \(single(command.summary))")
            let here = "complete -c vdbtool -n '__fish_seen_subcommand_from \(command.name)'"
            if takesFile(command) { lines.append("\(here) -F") }
            let words = words(of: command)
            if !words.isEmpty { lines.append("\(here) -a \(single(words.joined(separator: " ")))") }
            for option in command.allOptions {
                let value =
                    switch option.value?.completion {
                    case nil: ""
                    case .some(.none): " -x"
                    case .file: " -r -F"
                    case .words(let words): " -x -a \(single(words.joined(separator: " ")))"
                    }
                lines.append("\(here) -l \(option.name)\(value) -d \(single(option.help))")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The text in single quotation marks, as all three shells take it.
    private static func single(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }
}
