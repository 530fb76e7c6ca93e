// What the parser, at each literal, and the compiler, at each predicate, ask of a filter.

extension Schema {
    /// The attribute called `name` and its position.
    func find(_ name: String) throws(FilterError) -> (index: Int, attribute: Attribute) {
        guard let index = attributeIndex(named: name) else {
            throw FilterError(
                expected: "the name of an attribute", found: name,
                suggestion: nearest(to: name, of: attributes.map(\.name)))
        }
        return (index, attributes[index])
    }
}

extension Attribute {
    /// The value as one of the attribute's own type, to compare with.
    ///
    /// Integers become reals if they are exact; locations are rounded as stored ones are.
    func literal(_ value: AttributeValue) throws(FilterError) -> AttributeValue {
        let expected = type.nameWithArticle
        do {
            try check(value)
        } catch .keywordTooLong {
            // Nothing can be equal to it, which is an answer.
            return value
        } catch .inexact {
            throw FilterError(
                expected: "an integer that is exact as a real", found: value.filterText,
                attribute: self)
        } catch .coordinateOutOfRange(_, let location) {
            throw location.rangeError(for: self)
        } catch {
            throw FilterError(expected: expected, found: value.nameAndText, attribute: self)
        }
        switch value {
        case .null:
            throw FilterError(
                expected: expected, found: "null", attribute: self,
                suggestion: "\(name) is null")
        case .integer(let integer) where type == .real: return .real(Double(integer))
        case .location(let location): return .location(location.stored)
        default: return value
        }
    }

    /// Refuses `comparison` if the type has no order.
    func require(_ comparison: Filter.Comparison) throws(FilterError) {
        guard type.isOrdered || comparison == .equal || comparison == .notEqual else {
            throw FilterError(
                expected: "= or !=", found: comparison.rawValue, attribute: self)
        }
    }

    /// Refuses `between` if the type has no order.
    func requireOrder() throws(FilterError) {
        guard type.isOrdered else {
            throw FilterError(expected: "=, != or in", found: "between", attribute: self)
        }
    }

    /// Refuses `predicate`, which is about places, if the attribute is not a location.
    func requireLocation(for predicate: String) throws(FilterError) {
        guard type == .location else {
            throw FilterError(
                expected: type.isOrdered ? "a comparison" : "=, != or in", found: predicate,
                attribute: self)
        }
    }
}

extension AttributeValue {
    /// `integer 5`, for messages.
    var nameAndText: String {
        guard let type else { return filterText }
        return "\(type.name) \(filterText)"
    }
}

extension Location {
    /// Refuses coordinates out of range.
    func requireOnEarth() throws(FilterError) {
        if !isOnEarth { throw rangeError() }
    }

    /// The error of coordinates that are out of range; suggests the swap if that mends it.
    func rangeError(for attribute: Attribute? = nil) -> FilterError {
        FilterError(
            expected: "a latitude within −90…90 and a longitude within −180…180",
            found: filterText, attribute: attribute, suggestion: swappedOntoEarth?.filterText)
    }
}

extension GeographicBox {
    /// Refuses coordinates out of range, and a south edge north of the north edge.
    func check() throws(FilterError) {
        let corners = [
            Location(latitude: south, longitude: west), Location(latitude: north, longitude: east),
        ]
        guard corners.allSatisfy(\.isOnEarth) else {
            let swapped = corners.map { Location(latitude: $0.longitude, longitude: $0.latitude) }
            throw FilterError(
                expected: "a box (south, west, north, east) within −90…90 and −180…180",
                found: Self.text(corners),
                suggestion: swapped.allSatisfy(\.isOnEarth) ? Self.text(swapped) : nil)
        }
        guard south <= north else {
            throw FilterError(
                expected: "a box (south, west, north, east) with south ≤ north",
                found: "south \(decimalText(south)), north \(decimalText(north))")
        }
    }

    private static func text(_ corners: [Location]) -> String {
        let numbers = corners.flatMap { [$0.latitude, $0.longitude] }
        return "(\(numbers.map(decimalText).joined(separator: ", ")))"
    }
}

/// Refuses a radius that is negative, infinite or not a number.
func checkRadius(metres: Double) throws(FilterError) {
    guard metres >= 0, metres.isFinite else {
        throw FilterError(expected: "a distance of at least 0 m", found: decimalText(metres))
    }
}
