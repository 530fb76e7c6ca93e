/// Which records a search, or any other operation, is about.
///
/// Built in Swift, from attribute names,
///
///     Filter.attribute("taken") >= .timestamp(start)
///         && Filter.attribute("camera").isIn(["X100", "Q3"])
///         && !(Filter.attribute("hidden") == true)
///
/// or read from text, which means the same:
///
///     taken >= 2024-05-01 and camera in ("X100", "Q3") and not hidden = true
///
/// **Nulls.** There is no third truth value. On a null every predicate is false, except `is null`,
/// and `not` is the plain opposite of what it stands before. So `hidden != true` leaves out the
/// records whose `hidden` is null, while `not hidden = true` has them.
///
/// A filter knows no schema; whether attributes exist and types fit is found out where it is used
/// (`FilterError`). Text may nest parentheses and `not` 64 deep, and trees 130; an `and` or `or`
/// of many parts is one level.
public indirect enum Filter: Sendable, Hashable {
    /// Every record.
    case everything
    /// No record.
    case nothing
    /// The attribute's value compared with another. Only timestamps, integers and reals have an
    /// order; the other types can be equal or not. Integers can be compared with a real attribute.
    /// Locations are equal if they are stored as the same latitude and longitude.
    case comparison(attribute: String, Comparison, AttributeValue)
    /// Both ends included; nothing, if the first is greater than the second.
    case between(attribute: String, AttributeValue, AttributeValue)
    /// Equal to one of the values.
    case isIn(attribute: String, [AttributeValue])
    case isNull(attribute: String)
    case isNotNull(attribute: String)
    /// No farther than so many metres from the centre, on a sphere of radius 6,371,008.8 m.
    case isWithin(attribute: String, metres: Double, of: Location)
    /// On or inside the edges of the box.
    case isInBox(attribute: String, GeographicBox)
    /// Inside the closed line through the vertices (first not repeated, though it may be).
    ///
    /// Edges are straight in latitude and longitude and take the shorter way round, if need be
    /// across the dateline. A line that goes round a pole is refused. Even-odd rule.
    case isInPolygon(attribute: String, [Location])
    /// All parts match; everything, if there is none.
    case and([Filter])
    /// At least one part matches; nothing, if there is none.
    case or([Filter])
    /// The part does not match.
    case not(Filter)

    /// How a comparison compares.
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        case equal = "="
        /// Not null, and not equal.
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    /// The deepest nesting of parentheses and `not` in text: bounded, so that no filter overflows
    /// the stack.
    package static let maximumTextDepth = 64
    /// The deepest tree: each level of text, and the one that is in no parentheses, can hold an
    /// `or` and an `and`.
    package static let maximumDepth = 2 * (maximumTextDepth + 1)
}

/// Latitudes from south to north, longitudes from west to the east, in degrees.
///
/// Corners are rounded to 1e-7 degree, as stored locations are. If west is greater than east, the
/// box lies across the dateline. −180 and 180 are the same meridian. A place at a pole is in the
/// box only if the longitude that it is stored with is.
public struct GeographicBox: Sendable, Hashable {
    /// The least latitude, −90…90.
    public var south: Double
    /// The longitude where the box begins, −180…180.
    public var west: Double
    /// The greatest latitude, −90…90, not less than `south`.
    public var north: Double
    /// The longitude where the box ends, going east from `west`, −180…180.
    public var east: Double

    /// The box with these edges, which are checked where the box is used.
    public init(south: Double, west: Double, north: Double, east: Double) {
        self.south = south
        self.west = west
        self.north = north
        self.east = east
    }
}
