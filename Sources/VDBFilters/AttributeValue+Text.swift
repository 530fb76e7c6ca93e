extension AttributeValue {
    /// Reads a value of the given type from text, as in a CSV file.
    ///
    /// Empty text is null, except for keywords, where it is the empty keyword. Otherwise:
    ///
    /// | type | form |
    /// |---|---|
    /// | timestamp | ISO 8601: `2024-05-01`, `2024-05-01T12:30:00.5+02:00`; UTC unless said |
    /// | location | `48.8566,2.3522`, with or without parentheses |
    /// | integer | `-42`, and whole numbers such as `1.0` and `1e3` |
    /// | real | `1.5`, `-2e-3` |
    /// | keyword | the text itself |
    /// | boolean | `true`, `false`, `1`, `0`; upper or lower case |
    ///
    /// White space around the text is ignored, except in keywords.
    public init(text: String, type: AttributeType) throws(AttributeError) {
        let content = trimmed(text)
        if content.isEmpty, type != .keyword {
            self = .null
            return
        }
        switch type {
        case .keyword: self = .keyword(text)
        case .timestamp: self = .timestamp(try Self.timestamp(content, of: text))
        case .integer: self = .integer(try Self.integer(content, of: text))
        case .location: self = .location(try Self.location(content, of: text))
        case .real:
            guard let value = decimalNumber(content) else {
                throw .unreadable(text: text, type: .real)
            }
            self = .real(value)
        case .boolean:
            switch content.lowercased() {
            case "true", "1": self = .boolean(true)
            case "false", "0": self = .boolean(false)
            default: throw .unreadable(text: text, type: .boolean)
            }
        }
    }

    /// The canonical text, which `init(text:type:)` reads back; null, which has no type, is the
    /// empty text.
    public var text: String {
        switch self {
        case .null: ""
        case .timestamp(let microseconds): Timestamp.text(microseconds)
        case .location(let location):
            "\(decimalText(location.latitude)),\(decimalText(location.longitude))"
        case .integer(let value): String(value)
        case .real(let value): value.description
        case .keyword(let value): value
        case .boolean(let value): value ? "true" : "false"
        }
    }

    private static func timestamp(
        _ content: Substring, of text: String
    ) throws(AttributeError) -> Int64 {
        do {
            return try Timestamp.parse(content)
        } catch .outOfRange {
            throw .outOfRange(text: text, type: .timestamp)
        } catch {
            throw .unreadable(text: text, type: .timestamp)
        }
    }

    private static func integer(
        _ content: Substring, of text: String
    ) throws(AttributeError) -> Int64 {
        if let value = Int64(content) { return value }
        switch WholeNumber(content) {
        case .value(let value): return value
        case .fraction: throw .fractional(text: text)
        case .outOfRange: throw .outOfRange(text: text, type: .integer)
        case nil: throw .unreadable(text: text, type: .integer)
        }
    }

    private static func location(
        _ content: Substring, of text: String
    ) throws(AttributeError) -> Location {
        var inner = content
        if inner.utf8.first == UInt8(ascii: "("), inner.utf8.last == UInt8(ascii: ")") {
            inner = inner.dropFirst().dropLast()
        }
        // By bytes, as imports come here for every record. Two commas are no number.
        guard let comma = inner.utf8.firstIndex(of: UInt8(ascii: ",")),
            let latitude = decimalNumber(trimmed(String(inner[..<comma]))),
            let longitude = decimalNumber(
                trimmed(String(inner[inner.utf8.index(after: comma)...])))
        else { throw .unreadable(text: text, type: .location) }
        let location = Location(latitude: latitude, longitude: longitude)
        guard location.isOnEarth else { throw .notOnEarth(text: text, location: location) }
        return location
    }
}
