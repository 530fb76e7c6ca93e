/// What was given to a command, checked against its options.
///
/// A value follows its option after `=` or as the next word.
struct Arguments: Sendable {
    private(set) var positionals: [String] = []
    private var values: [String: String] = [:]

    init(parsing words: ArraySlice<String>, for command: Command) throws(BenchFailure) {
        var rest = words
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                positionals.append(word)
                continue
            }
            let parts = word.dropFirst(2).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = command.allOptions.first(where: { $0.name == name }) else {
                throw .usage("unknown option --\(name); try vdbbench help \(command.name)")
            }
            var value = parts.count > 1 ? String(parts[1]) : nil
            if option.placeholder == nil {
                guard value == nil else { throw .usage("option --\(name) takes no value") }
            } else if value == nil {
                guard let next = rest.first, !next.hasPrefix("--") else {
                    throw .usage("option --\(name) needs a value: \(option.usage)")
                }
                value = rest.popFirst()
            }
            guard values.updateValue(value ?? "", forKey: name) == nil else {
                throw .usage("option --\(name) is given twice")
            }
        }
        if positionals.count > command.positionals.count {
            throw .usage("unexpected argument \(positionals[command.positionals.count])")
        }
        if positionals.count < command.requiredCount {
            throw .usage("\(command.name) needs \(command.positionals[positionals.count])")
        }
    }

    /// Whether the option was given.
    func has(_ option: Option) -> Bool { values[option.name] != nil }

    /// The option's value, or nil.
    func text(_ option: Option) -> String? { values[option.name] }

    /// A whole number of at least `minimum`, or `standard` if the option was not given.
    func integer(
        _ option: Option, from minimum: Int = 1, or standard: Int
    ) throws(BenchFailure) -> Int {
        guard let text = text(option) else { return standard }
        return try Self.integer(text, option, minimum)
    }

    /// Whole numbers of at least 1 with commas between them.
    func integers(_ option: Option, or standard: [Int]) throws(BenchFailure) -> [Int] {
        guard let text = text(option) else { return standard }
        var numbers: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            numbers.append(try Self.integer(String(part), option, 1))
        }
        return numbers
    }

    /// Seconds, more than 0.
    func seconds(or standard: Double) throws(BenchFailure) -> Double {
        guard let text = text(.seconds) else { return standard }
        guard let value = Double(text), value > 0, value.isFinite else {
            throw .usage("option --seconds is \(text), not a number over 0")
        }
        return value
    }

    /// The values that words with commas between them name.
    func choices<Value>(
        _ option: Option, or standard: [Value], _ named: (String) -> Value?
    ) throws(BenchFailure) -> [Value] {
        guard let text = text(option) else { return standard }
        var chosen: [Value] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = named(String(part)) else {
                throw .usage("option --\(option.name) has \(part): \(option.help)")
            }
            chosen.append(value)
        }
        return chosen
    }

    private static func integer(
        _ text: String, _ option: Option, _ minimum: Int
    ) throws(BenchFailure) -> Int {
        guard let value = Int(text), value >= minimum else {
            throw .usage(
                "option --\(option.name) has \(text), not a whole number of \(minimum) or more")
        }
        return value
    }
}
