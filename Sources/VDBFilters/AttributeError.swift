/// Why a value cannot be an attribute's.
public enum AttributeError: Error, Hashable, CustomStringConvertible {
    /// The text is not of the form that the type asks for.
    case unreadable(text: String, type: AttributeType)
    /// The text has the right form, but the type has no such value.
    case outOfRange(text: String, type: AttributeType)
    /// The text is two numbers, but no place on the Earth.
    case notOnEarth(text: String, location: Location)
    /// The text is a number with a fraction, the type has whole numbers only.
    case fractional(text: String)
    /// A value of another type than the schema says.
    case wrongType(attribute: String, expected: AttributeType, found: AttributeType)
    /// An infinity or NaN.
    case notFinite(attribute: String)
    /// A latitude outside −90…90 or a longitude outside −180…180 (or not a number).
    case coordinateOutOfRange(attribute: String, location: Location)
    /// An integer given for a real attribute, which a 64-bit real cannot hold exactly.
    case inexact(attribute: String, integer: Int64)
    /// A keyword of more than 65,535 bytes.
    case keywordTooLong(attribute: String, size: Int)
    /// Not one value for each attribute of the schema.
    case wrongCount(expected: Int, found: Int)

    /// The reason in words, with the numbers.
    public var description: String {
        switch self {
        case .unreadable(let text, let type):
            "cannot read \(quoted(text)) as \(type.name): expected \(Self.form(of: type))"
        case .outOfRange(let text, let type):
            "cannot read \(quoted(text)) as \(type.name): the value is out of range"
        case .notOnEarth(let text, let location):
            "cannot read \(quoted(text)) as location: \(location.rangeProblem ?? "out of range")"
        case .fractional(let text):
            "cannot read \(quoted(text)) as integer: it has a fraction, "
                + "the attribute takes whole numbers"
        case .wrongType(let attribute, let expected, let found):
            "cannot store attribute \(attribute): "
                + "it is \(expected.nameWithArticle), the value is \(found.nameWithArticle)"
        case .notFinite(let attribute):
            "cannot store attribute \(attribute): a real must be finite"
        case .coordinateOutOfRange(let attribute, let location):
            "cannot store attribute \(attribute): \(location.rangeProblem ?? "out of range")"
        case .inexact(let attribute, let integer):
            "cannot store attribute \(attribute): \(integer) is not exact as a real"
        case .keywordTooLong(let attribute, let size):
            "cannot store attribute \(attribute): the keyword has \(size) bytes, "
                + "\(AttributeValue.maximumKeywordSize) are allowed"
        case .wrongCount(let expected, let found):
            "cannot store attributes: the schema has \(expected), \(found) values were given"
        }
    }

    private static func form(of type: AttributeType) -> String {
        switch type {
        case .timestamp: "an ISO 8601 date or time, such as 2024-05-01T12:30:00Z"
        case .location: "latitude and longitude in degrees, such as 48.8566,2.3522"
        case .integer: "a whole number"
        case .real: "a number"
        case .keyword: "a string"
        case .boolean: "true or false"
        }
    }
}
