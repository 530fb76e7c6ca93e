internal import VDBPrimitives

/// A stream of inserts, deletes, replacements and searches: the YAML form of big-ann-benchmarks'
/// streaming track, of which two levels of `key: value` lines are all that is used.
///
///     name-of-the-data:
///       max_pts: 1000
///       1:
///         operation: "insert"
///         start: 0
///         end: 500
///       2:
///         operation: "search"
///
/// Ids and rows of the data are the same. A replacement gives the ids `tags_start ..< tags_end` the
/// vectors of the rows `ids_start ..< ids_end`.
struct Runbook: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case insert(Range<Int>)
        case delete(Range<Int>)
        case replace(ids: Range<Int>, rows: Range<Int>)
        case search
    }

    let steps: [Step]

    /// Reads the steps, in ascending order of their numbers.
    init(parsing text: String) throws(BenchFailure) {
        var fields: [Int: [String: String]] = [:]
        var number: Int?
        for (index, rawLine) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = rawLine.prefix { $0 != "#" }
            let indent = line.prefix { $0 == " " }.count
            let parts = line.split(separator: ":", maxSplits: 1).map { Self.trimmed($0) }
            guard let key = parts.first, !key.isEmpty else { continue }
            let value = parts.count > 1 ? parts[1] : ""
            if indent == 0 { continue }
            if let step = Int(key), value.isEmpty {
                number = step
                fields[step] = [:]
            } else if let current = number, indent > 2 {
                fields[current]?[key] = value
            } else if value.isEmpty {
                throw .badInput("cannot read the runbook: line \(index + 1) is \(key)")
            }
        }
        var steps: [Step] = []
        for (number, fields) in fields.sorted(by: { $0.key < $1.key }) {
            steps.append(try Self.step(number, fields))
        }
        guard !steps.isEmpty else { throw .badInput("cannot read the runbook: it has no steps") }
        self.steps = steps
    }

    private static func step(
        _ number: Int, _ fields: [String: String]
    ) throws(BenchFailure) -> Step {
        func range(_ first: String, _ last: String) throws(BenchFailure) -> Range<Int> {
            guard let start = fields[first].flatMap({ Int($0) }),
                let end = fields[last].flatMap({ Int($0) }), start >= 0, start <= end
            else {
                throw .badInput(
                    "cannot read the runbook: step \(number) has no \(first) up to \(last)")
            }
            return start..<end
        }
        switch fields["operation"] {
        case "insert": return .insert(try range("start", "end"))
        case "delete": return .delete(try range("start", "end"))
        case "replace":
            let ids = try range("tags_start", "tags_end")
            let rows = try range("ids_start", "ids_end")
            guard ids.count == rows.count else {
                throw .badInput(
                    "cannot read the runbook: step \(number) replaces \(ids.count) ids by "
                        + "\(rows.count) rows")
            }
            return .replace(ids: ids, rows: rows)
        case "search": return .search
        case let other:
            throw .badInput(
                "cannot read the runbook: step \(number) is \(other ?? "no operation")")
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(
            text.drop { $0 == " " || $0 == "\"" || $0 == "\r" }.reversed()
                .drop { $0 == " " || $0 == "\"" || $0 == "\r" }.reversed())
    }
}

extension Runbook {
    /// Growth from nothing: equal parts come, each followed by a search.
    static func growth(count: Int, parts: Int) -> [Step] {
        (0..<parts).flatMap { part -> [Step] in
            [.insert(part * count / parts..<(part + 1) * count / parts), .search]
        }
    }

    /// A window that slides over the data: as much goes as comes.
    static func window(count: Int, parts: Int) -> [Step] {
        let width = count / 2
        return [.insert(0..<width), .search]
            + (0..<parts).flatMap { part -> [Step] in
                let lower = part * width / parts
                let upper = (part + 1) * width / parts
                return [
                    .insert(width + lower..<width + upper), .delete(lower..<upper), .search,
                ]
            }
    }

    init(steps: [Step]) { self.steps = steps }

    /// The same as text.
    func text(name: String, count: Int) -> String {
        var lines = ["\(name):", "  max_pts: \(count)"]
        for (index, step) in steps.enumerated() {
            lines.append("  \(index + 1):")
            func add(_ operation: String, _ fields: KeyValuePairs<String, Int>) {
                lines.append("    operation: \"\(operation)\"")
                for field in fields { lines.append("    \(field.key): \(field.value)") }
            }
            switch step {
            case .insert(let range):
                add("insert", ["start": range.lowerBound, "end": range.upperBound])
            case .delete(let range):
                add("delete", ["start": range.lowerBound, "end": range.upperBound])
            case .replace(let ids, let rows):
                add(
                    "replace",
                    [
                        "tags_start": ids.lowerBound, "tags_end": ids.upperBound,
                        "ids_start": rows.lowerBound, "ids_end": rows.upperBound,
                    ])
            case .search: add("search", [:])
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
