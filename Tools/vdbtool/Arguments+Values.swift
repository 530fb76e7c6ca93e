internal import VectorDB

// Values by type. What cannot be read is a usage error that says what was expected.

extension Arguments {
    /// The first argument: every command on a database begins with it.
    var databasePath: String { positionals[0] }

    /// A whole number within `range`, or nil if the option was not given.
    func integer(
        _ option: Option, in range: ClosedRange<Int>
    ) throws(ToolFailure) -> Int? {
        guard let text = text(option) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let bounds =
                range.upperBound == .max
                ? "of \(range.lowerBound) or more"
                : "within \(range.lowerBound)…\(range.upperBound)"
            throw .usage("option --\(option.name) is \(quoted(text)), not a whole number \(bounds)")
        }
        return value
    }

    /// An id, or nil if the option was not given.
    func id(_ option: Option) throws(ToolFailure) -> UInt64? {
        guard let text = text(option) else { return nil }
        return try Self.id(text, of: "option --\(option.name)")
    }

    /// The arguments from `index` on as ids.
    func ids(from index: Int) throws(ToolFailure) -> [UInt64] {
        var ids: [UInt64] = []
        for text in positionals.dropFirst(index) {
            ids.append(try Self.id(text, of: "argument ID"))
        }
        return ids
    }

    /// The argument at `index` as a number of 32 bits.
    func number(at index: Int, named name: String) throws(ToolFailure) -> UInt32 {
        guard let number = UInt32(positionals[index]) else {
            throw .usage(
                "argument \(name) is \(quoted(positionals[index])), not a whole number within "
                    + "0…\(UInt32.max)")
        }
        return number
    }

    private static func id(_ text: String, of what: String) throws(ToolFailure) -> UInt64 {
        guard let id = UInt64(text) else {
            throw .usage(
                "\(what) is \(quoted(text)), not a whole number within 0…\(UInt64.max)")
        }
        return id
    }

    /// The value that an option with a choice names, or nil if it was not given.
    func choice<Value>(
        _ option: Option, _ named: (String) -> Value?
    ) throws(ToolFailure) -> Value? {
        guard let text = text(option) else { return nil }
        guard let value = named(text) else {
            throw .usage(
                "option --\(option.name) is \(quoted(text)), "
                    + "not one of \(option.value?.placeholder ?? "")")
        }
        return value
    }

    /// `--count`, 10 unless said.
    func count(or standard: Int = 10) throws(ToolFailure) -> Int {
        try integer(.count, in: 1...1_000_000) ?? standard
    }

    /// `--where`, read under the schema.
    func filter(_ schema: Schema) throws(ToolFailure) -> Filter? {
        guard let text = text(.filter) else { return nil }
        do {
            return try Filter(parsing: text, schema: schema)
        } catch {
            throw .usage("\(error)")
        }
    }

    /// `--recall`, `--probes` with `--rerank`, or `--exact`: recall 0.95 unless said.
    func effort() throws(ToolFailure) -> Query.Effort {
        if has(.exact) { return .exact }
        if let probes = try integer(.probes, in: 1...Int.max),
            let rerank = try integer(.rerank, in: 1...Int.max)
        {
            return .manual(probeCount: probes, rerankCount: rerank)
        }
        guard let text = text(.recall) else { return .recall(0.95) }
        guard let recall = Double(text), recall > 0, recall <= 1 else {
            throw .usage("option --recall is \(quoted(text)), not a number over 0 and up to 1")
        }
        return .recall(recall)
    }
}

/// The text in quotation marks, fit for a message of one line.
func quoted(_ text: String) -> String { JSON.string(text).text }
