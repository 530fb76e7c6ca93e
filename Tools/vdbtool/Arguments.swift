/// What was given to a command, checked against its table.
struct Arguments: Sendable {
    let command: Command
    /// Arguments without a name, in order.
    private(set) var positionals: [String] = []
    private var values: [String: [String]] = [:]

    /// Takes the words after the command's name apart.
    ///
    /// A value follows its option after `=` or as the next word, which then must not begin with
    /// two dashes: that is a value forgotten. After `--` there are no options any more.
    init(parsing words: ArraySlice<String>, for command: Command) throws(ToolFailure) {
        self.command = command
        var rest = words
        var takesOptions = true
        while let word = rest.popFirst() {
            if takesOptions, word == "--" {
                takesOptions = false
            } else if takesOptions, word.hasPrefix("-"), word != "-" {
                try take(option: word, from: &rest)
            } else {
                positionals.append(word)
            }
        }
        try checkPositionals()
        for option in command.options where option.isRequired && values[option.name] == nil {
            throw .usage("\(command.name) needs \(option.usage)")
        }
        for rule in command.rules { try check(rule) }
    }

    /// Whether the words ask for the command's help, whatever else they are.
    static func askForHelp(_ words: ArraySlice<String>, of command: Command) -> Bool {
        words.prefix { $0 != "--" }.contains("--" + Option.help.name)
    }

    /// Whether the option was given.
    func has(_ option: Option) -> Bool { values[option.name] != nil }

    /// The option's value, the first if there are several, or nil.
    func text(_ option: Option) -> String? { values[option.name]?.first }

    /// The values of a repeatable option, in order.
    func texts(_ option: Option) -> [String] { values[option.name] ?? [] }

    private mutating func take(
        option word: String, from rest: inout ArraySlice<String>
    ) throws(ToolFailure) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let given = String(parts[0])
        let known = command.allOptions
        guard let option = known.first(where: { "--" + $0.name == given }) else {
            let nearest = nearestName(to: given, among: known.map { "--" + $0.name })
            let hint = nearest.map { "did you mean \($0)?" }
            throw .usage(
                "unknown option \(given); \(hint ?? "try vdbtool help \(command.name)")")
        }
        var value = parts.count > 1 ? String(parts[1]) : nil
        if option.value == nil {
            guard value == nil else { throw .usage("option \(given) takes no value") }
        } else if value == nil {
            guard let next = rest.first, !next.hasPrefix("--") else {
                throw .usage("option \(given) needs a value: \(option.usage)")
            }
            value = rest.popFirst()
        }
        if values[option.name] != nil, !option.isRepeatable {
            throw .usage("option \(given) is given twice")
        }
        values[option.name, default: []].append(value ?? "")
    }

    private func checkPositionals() throws(ToolFailure) {
        let expected = command.positionals
        for (index, positional) in expected.enumerated()
        where positional.isRequired && index >= positionals.count {
            throw .usage("\(command.name) needs \(positional.name): \(positional.help)")
        }
        if positionals.count > expected.count, expected.last?.isRepeatable != true {
            throw .usage("unexpected argument \(positionals[expected.count])")
        }
    }

    private func check(_ rule: OptionRule) throws(ToolFailure) {
        func given(_ names: [String]) -> [String] { names.filter { values[$0] != nil } }
        switch rule {
        case .exactlyOne(let names):
            if given(names).isEmpty {
                throw .usage("\(command.name) needs one of \(Self.list(names))")
            }
            try check(.atMostOne(names))
        case .atMostOne(let names):
            let found = given(names)
            if found.count > 1 {
                throw .usage("options \(Self.list(found)) exclude each other")
            }
        case .together(let names):
            if let first = given(names).first,
                let missing = names.first(where: { values[$0] == nil })
            {
                throw .usage("option --\(first) needs --\(missing) beside it")
            }
        case .needs(let name, let other):
            if values[name] != nil, values[other] == nil {
                throw .usage("option --\(name) needs --\(other) beside it")
            }
        }
    }

    private static func list(_ names: [String]) -> String {
        names.map { "--" + $0 }.joined(separator: ", ")
    }
}
