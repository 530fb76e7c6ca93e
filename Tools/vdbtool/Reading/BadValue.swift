/// A value of an attribute that cannot be read.
struct BadValue: Error, Hashable {
    let attribute: String
    /// As it is in the file.
    let value: String
    let reason: String
    /// The file's line.
    var line = 0
}

/// What `import` does about values that cannot be read.
enum BadValuePolicy: String, CaseIterable {
    /// The import ends before the record.
    case fail
    /// The attribute is null.
    case null
    /// The record is left out.
    case skip
}

/// The values of an import that could not be read: how many, and the first of them.
struct BadValues: Sendable {
    /// A value and the row of its vector, from 0.
    struct Example: Sendable, Hashable {
        let row: Int
        let value: BadValue
    }

    private(set) var count = 0
    /// Records with at least one of them.
    private(set) var recordCount = 0
    private(set) var first: [Example] = []

    private static let exampleCount = 5

    /// Takes down the bad values of a record.
    mutating func note(_ values: [BadValue], row: Int) {
        guard !values.isEmpty else { return }
        recordCount += 1
        count += values.count
        for value in values.prefix(Self.exampleCount - first.count) {
            first.append(Example(row: row, value: value))
        }
    }

    /// How many there are, and the first ones on a line each.
    func lines(_ policy: BadValuePolicy) -> [String] {
        guard count > 0 else { return [] }
        let outcome =
            policy == .skip ? "records left out: \(recordCount)" : "null in their place"
        let head = "values of attributes that cannot be read: \(count) (\(outcome)); the first:"
        return [head]
            + first.map { example in
                let value = example.value
                return "  row \(example.row) (line \(value.line)), attribute \(value.attribute), "
                    + "value \(quoted(value.value)): \(value.reason)"
            }
    }

    var json: JSON {
        .members([
            "count": .count(count), "records": .count(recordCount),
            "first": .array(
                first.map { example in
                    .members([
                        "row": .count(example.row), "line": .count(example.value.line),
                        "attribute": .string(example.value.attribute),
                        "value": .string(example.value.value),
                        "reason": .string(example.value.reason),
                    ])
                }),
        ])
    }
}
