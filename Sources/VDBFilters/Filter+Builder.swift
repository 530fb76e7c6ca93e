extension Filter {
    /// The attribute called `name`, to be compared.
    public static func attribute(_ name: String) -> AttributeReference {
        AttributeReference(name: name)
    }

    /// Both match.
    public static func && (left: Filter, right: Filter) -> Filter {
        if case .and(let parts) = left { return .and(parts + [right]) }
        return .and([left, right])
    }

    /// One of the two, or both, match.
    public static func || (left: Filter, right: Filter) -> Filter {
        if case .or(let parts) = left { return .or(parts + [right]) }
        return .or([left, right])
    }

    /// The filter does not match.
    public static prefix func ! (filter: Filter) -> Filter { .not(filter) }
}

/// An attribute named in a filter; its operators and methods give filters.
public struct AttributeReference: Sendable, Hashable {
    /// The attribute's name in the schema.
    public let name: String

    /// Not null and equal to `value`.
    public static func == (left: AttributeReference, value: AttributeValue) -> Filter {
        .comparison(attribute: left.name, .equal, value)
    }

    /// Not null and not equal to `value`.
    public static func != (left: AttributeReference, value: AttributeValue) -> Filter {
        .comparison(attribute: left.name, .notEqual, value)
    }

    /// Not null and less than `value`.
    public static func < (left: AttributeReference, value: AttributeValue) -> Filter {
        .comparison(attribute: left.name, .less, value)
    }

    /// Not null and at most `value`.
    public static func <= (left: AttributeReference, value: AttributeValue) -> Filter {
        .comparison(attribute: left.name, .lessOrEqual, value)
    }

    /// Not null and greater than `value`.
    public static func > (left: AttributeReference, value: AttributeValue) -> Filter {
        .comparison(attribute: left.name, .greater, value)
    }

    /// Not null and at least `value`.
    public static func >= (left: AttributeReference, value: AttributeValue) -> Filter {
        .comparison(attribute: left.name, .greaterOrEqual, value)
    }

    /// At least `low` and at most `high`.
    public func isBetween(_ low: AttributeValue, and high: AttributeValue) -> Filter {
        .between(attribute: name, low, high)
    }

    /// Equal to one of `values`.
    public func isIn(_ values: [AttributeValue]) -> Filter {
        .isIn(attribute: name, values)
    }

    /// Has no value.
    public var isNull: Filter { .isNull(attribute: name) }

    /// Has a value.
    public var isNotNull: Filter { .isNotNull(attribute: name) }

    /// No farther than `metres` from `center`.
    public func isWithin(metres: Double, of center: Location) -> Filter {
        .isWithin(attribute: name, metres: metres, of: center)
    }

    /// In the box; west > east lies across the dateline.
    public func isInBox(
        south: Double, west: Double, north: Double, east: Double
    ) -> Filter {
        .isInBox(
            attribute: name, GeographicBox(south: south, west: west, north: north, east: east))
    }

    /// Inside the polygon through `vertices`.
    public func isInPolygon(_ vertices: [Location]) -> Filter {
        .isInPolygon(attribute: name, vertices)
    }
}
