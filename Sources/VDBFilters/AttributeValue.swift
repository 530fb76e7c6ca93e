/// A place on the Earth, in degrees (WGS-84).
///
/// Stored in steps of 1e-7 degree, about a centimetre; what comes back is the nearest step.
/// Coordinates are checked where a location is stored or used in a filter, not here.
public struct Location: Sendable, Hashable {
    /// −90 (south pole) to 90 (north pole).
    public var latitude: Double
    /// −180 to 180, east positive. Both ends are the same meridian; each is kept as it was given.
    public var longitude: Double

    /// The location at `latitude` and `longitude`, unchecked.
    public init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }

    /// Whether latitude and longitude are within −90…90 and −180…180.
    package var isOnEarth: Bool {
        (-90...90).contains(latitude) && (-180...180).contains(longitude)
    }

    /// The same two numbers the other way round, if only then they are a place on the Earth.
    package var swappedOntoEarth: Location? {
        let swapped = Location(latitude: longitude, longitude: latitude)
        return !isOnEarth && swapped.isOnEarth ? swapped : nil
    }

    /// What is wrong with the coordinates, with the value and the range; nil if nothing is.
    package var rangeProblem: String? {
        if isOnEarth { return nil }
        let problem =
            (-90...90).contains(latitude)
            ? "longitude \(decimalText(longitude)) is not within −180…180"
            : "latitude \(decimalText(latitude)) is not within −90…90"
        return problem + (swappedOntoEarth == nil ? "" : " (are the two swapped?)")
    }
}

/// The value of one attribute of one record.
public enum AttributeValue: Sendable, Hashable {
    /// No value. Every attribute may be null.
    case null
    /// Microseconds since 1970-01-01 UTC, leap seconds not counted.
    case timestamp(Int64)
    case location(Location)
    case integer(Int64)
    /// Infinities and NaN are refused where the value is stored; −0 is stored as 0.
    case real(Double)
    /// At most 65,535 bytes of UTF-8. Two keywords are the same if their bytes are: text from
    /// different sources should be normalized before it is stored.
    case keyword(String)
    case boolean(Bool)

    /// The type that the value has, or nil for null, which belongs to every type.
    public var type: AttributeType? {
        switch self {
        case .null: nil
        case .timestamp: .timestamp
        case .location: .location
        case .integer: .integer
        case .real: .real
        case .keyword: .keyword
        case .boolean: .boolean
        }
    }

    /// The longest keyword that is accepted, in bytes of UTF-8.
    package static let maximumKeywordSize = 65_535
}

extension AttributeValue {
    /// Whether type and value are the same. Keywords are compared by their bytes, unlike strings,
    /// of which "é" as one character equals "é" as two.
    public static func == (left: AttributeValue, right: AttributeValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.location(let left), .location(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.real(let left), .real(let right)): left == right
        case (.keyword(let left), .keyword(let right)): left.utf8.elementsEqual(right.utf8)
        case (.boolean(let left), .boolean(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        switch self {
        case .null: break
        case .timestamp(let value), .integer(let value): hasher.combine(value)
        case .location(let value): hasher.combine(value)
        case .real(let value): hasher.combine(value)
        // Keywords of the same bytes are equal strings, too.
        case .keyword(let value): hasher.combine(value)
        case .boolean(let value): hasher.combine(value)
        }
    }
}

extension AttributeValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A real number.
    public init(floatLiteral value: Double) { self = .real(value) }
    /// A keyword.
    public init(stringLiteral value: String) { self = .keyword(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
