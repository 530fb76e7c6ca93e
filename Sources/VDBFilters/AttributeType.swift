/// The type of an attribute, declared in the schema.
///
/// The raw values are stored on disk (`Formats/schema.md`); 0 is reserved.
public enum AttributeType: UInt8, Sendable, Hashable, CaseIterable {
    /// A moment, in microseconds since 1970-01-01 UTC.
    case timestamp = 1
    /// A place on the Earth: latitude and longitude in degrees (WGS-84).
    case location = 2
    /// A whole number of 64 bits.
    case integer = 3
    /// A finite floating-point number of 64 bits.
    case real = 4
    /// A string that is compared as a whole, byte for byte: a name, a tag, a serial number.
    case keyword = 5
    /// True or false.
    case boolean = 6

    /// The name used in text: by `vdbtool`, in messages and in the C interface.
    public var name: String {
        switch self {
        case .timestamp: "timestamp"
        case .location: "location"
        case .integer: "integer"
        case .real: "real"
        case .keyword: "keyword"
        case .boolean: "boolean"
        }
    }

    /// The type called `name`, or nil.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Whether `<` and its kin, and `between`, mean something.
    ///
    /// Keywords are stored as codes in order of arrival, so they are only ever equal or not.
    var isOrdered: Bool {
        switch self {
        case .timestamp, .integer, .real: true
        case .location, .keyword, .boolean: false
        }
    }

    /// The name with its article, for messages.
    var nameWithArticle: String { (self == .integer ? "an " : "a ") + name }
}
