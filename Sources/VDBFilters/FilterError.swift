/// Why a filter is refused: text that cannot be read, or a tree that does not fit the schema.
public struct FilterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place in the text, in characters from 1; nil for filters that were built in code.
    public internal(set) var column: Int?
    /// What would have been right there.
    public let expected: String
    /// What was there instead.
    public let found: String
    /// The name of the attribute that the error is about, if it is about one of the schema's.
    public let attribute: String?
    /// The type of that attribute.
    public let type: AttributeType?
    /// What may have been meant: the nearest attribute's name, or another way to say it.
    public let suggestion: String?

    init(
        expected: String, found: String, attribute: Attribute? = nil, suggestion: String? = nil
    ) {
        self.expected = expected
        self.found = found
        self.attribute = attribute?.name
        self.type = attribute?.type
        self.suggestion = suggestion
    }

    /// `cannot read filter at column 8: expected …, found …; did you mean …?`
    public var description: String {
        let place = column.map { " at column \($0)" } ?? ""
        let subject =
            if let attribute, let type { " for attribute \(attribute) (\(type.name))" } else { "" }
        let hint = suggestion.map { "; did you mean \($0)?" } ?? ""
        return "cannot read filter\(place): expected \(expected)\(subject), found \(found)\(hint)"
    }

    /// The same error with its place in the text, unless it has one.
    func at(column: Int) -> FilterError {
        guard self.column == nil else { return self }
        var located = self
        located.column = column
        return located
    }
}
