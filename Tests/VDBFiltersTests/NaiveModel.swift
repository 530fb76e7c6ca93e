import VDBPrimitives

@testable import VDBFilters

/// What a filter means, said once more on values, without cells, ranges or masks.
struct NaiveModel {
    let schema: Schema

    /// Nil where the answer hangs on rounding: at the edge of a circle or polygon.
    func matches(_ filter: Filter, _ values: [AttributeValue]) -> Bool? {
        switch filter {
        case .everything: return true
        case .nothing: return false
        case .not(let part): return matches(part, values).map { !$0 }
        case .and(let parts):
            let answers = parts.map { matches($0, values) }
            return answers.contains(false) ? false : answers.contains(nil) ? nil : true
        case .or(let parts):
            let answers = parts.map { matches($0, values) }
            return answers.contains(true) ? true : answers.contains(nil) ? nil : false
        case .isNull(let name): return value(name, values) == .null
        case .isNotNull(let name): return value(name, values) != .null
        case .comparison(let name, let comparison, let literal):
            return compare(value(name, values), comparison, literal)
        case .between(let name, let low, let high):
            let value = value(name, values)
            return compare(value, .greaterOrEqual, low) && compare(value, .lessOrEqual, high)
        case .isIn(let name, let literals):
            let value = value(name, values)
            return literals.contains { compare(value, .equal, $0) }
        case .isWithin(let name, let metres, let center):
            guard case .location(let place) = value(name, values) else { return false }
            let distance = sphericalDistance(place, center.stored)
            return abs(distance - metres) < 1e-3 ? nil : distance < metres
        case .isInBox(let name, let box):
            guard case .location(let place) = value(name, values) else { return false }
            return isInBox(place, box)
        case .isInPolygon(let name, let vertices):
            guard case .location(let place) = value(name, values) else { return false }
            return crossesOddly(place, vertices)
        }
    }

    private func value(_ name: String, _ values: [AttributeValue]) -> AttributeValue {
        values[schema.attributes.firstIndex { $0.name == name } ?? 0]
    }

    private func compare(
        _ value: AttributeValue, _ comparison: Filter.Comparison, _ literal: AttributeValue
    ) -> Bool {
        switch (value, literal) {
        case (.null, _): false
        case (.timestamp(let left), .timestamp(let right)): holds(left, comparison, right)
        case (.integer(let left), .integer(let right)): holds(left, comparison, right)
        case (.real(let left), .real(let right)): holds(left, comparison, right)
        case (.real(let left), .integer(let right)): holds(left, comparison, Double(right))
        case (.location(let left), .location(let right)):
            (left == right.stored) == (comparison == .equal)
        case (.keyword(let left), .keyword(let right)):
            left.utf8.elementsEqual(right.utf8) == (comparison == .equal)
        default: (value == literal) == (comparison == .equal)
        }
    }

    private func holds<Value: Comparable>(
        _ left: Value, _ comparison: Filter.Comparison, _ right: Value
    ) -> Bool {
        switch comparison {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }

    /// By vectors in space instead of haversines.
    private func sphericalDistance(_ from: Location, _ to: Location) -> Double {
        func point(_ place: Location) -> [Double] {
            let latitude = Trigonometry.radians(place.latitude)
            let longitude = Trigonometry.radians(place.longitude)
            return [
                Trigonometry.cosine(latitude) * Trigonometry.cosine(longitude),
                Trigonometry.cosine(latitude) * Trigonometry.sine(longitude),
                Trigonometry.sine(latitude),
            ]
        }
        let squares = zip(point(from), point(to)).map { ($0 - $1) * ($0 - $1) }
        let chord = squares.reduce(0, +).squareRoot()
        return 2 * Geometry.earthRadius * Trigonometry.arcSine(min(1, chord / 2))
    }

    private func isInBox(_ place: Location, _ box: GeographicBox) -> Bool {
        let southWest = Location(latitude: box.south, longitude: box.west).stored
        let northEast = Location(latitude: box.north, longitude: box.east).stored
        guard place.latitude >= southWest.latitude, place.latitude <= northEast.latitude else {
            return false
        }
        func isBetween(_ longitude: Double) -> Bool {
            box.west <= box.east
                ? longitude >= southWest.longitude && longitude <= northEast.longitude
                : longitude >= southWest.longitude || longitude <= northEast.longitude
        }
        return isBetween(place.longitude)
            || abs(place.longitude) == 180 && isBetween(-place.longitude)
    }

    /// Counts the edges on the meridian north of the place, each on its own.
    private func crossesOddly(_ place: Location, _ vertices: [Location]) -> Bool? {
        func wrapped(_ degrees: Double) -> Double {
            var result = degrees.truncatingRemainder(dividingBy: 360)
            if result >= 180 { result -= 360 }
            return result < -180 ? result + 360 : result
        }
        var isInside = false
        for (index, from) in vertices.enumerated() {
            let to = vertices[(index + 1) % vertices.count]
            let extent = wrapped(to.longitude - from.longitude)
            var offset = (place.longitude - from.longitude) * (extent < 0 ? -1 : 1)
            offset = offset.truncatingRemainder(dividingBy: 360)
            if offset < 0 { offset += 360 }
            if offset < 1e-5 || offset > 360 - 1e-5 || abs(offset - abs(extent)) < 1e-5 {
                return nil
            }
            guard offset < abs(extent) else { continue }
            let latitude = from.latitude + offset / abs(extent) * (to.latitude - from.latitude)
            if abs(latitude - place.latitude) < 1e-5 { return nil }
            if latitude > place.latitude { isInside.toggle() }
        }
        return isInside
    }
}
