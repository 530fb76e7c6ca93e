internal import VDBPrimitives

/// Turns a filter into conditions on cells.
struct FilterCompiler {
    let schema: Schema
    let keywords: any KeywordLookup

    typealias Node = CompiledFilter.Node

    /// The node of `filter`, or of its opposite.
    func node(_ filter: Filter, isNegated: Bool, depth: Int) throws(FilterError) -> Node {
        guard depth <= Filter.maximumDepth else {
            throw FilterError(
                expected: "at most \(Filter.maximumDepth) levels of and, or and not",
                found: "more")
        }
        switch filter {
        case .everything: return isNegated ? .never : .always
        case .nothing: return isNegated ? .always : .never
        case .not(let part):
            return try node(part, isNegated: !isNegated, depth: depth + 1)
        case .and(let parts):
            let nodes = try nodes(parts, isNegated: isNegated, depth: depth + 1)
            return isNegated ? .any(of: nodes) : .all(of: nodes)
        case .or(let parts):
            let nodes = try nodes(parts, isNegated: isNegated, depth: depth + 1)
            return isNegated ? .all(of: nodes) : .any(of: nodes)
        default:
            let positive = try predicate(filter)
            return isNegated ? positive.opposite : positive
        }
    }

    private func nodes(
        _ parts: [Filter], isNegated: Bool, depth: Int
    ) throws(FilterError) -> [Node] {
        var nodes: [Node] = []
        for part in parts {
            nodes.append(try node(part, isNegated: isNegated, depth: depth))
        }
        return nodes
    }

    // MARK: Predicates

    private func predicate(_ filter: Filter) throws(FilterError) -> Node {
        switch filter {
        case .comparison(let name, let comparison, let value):
            return try node(try target(name), comparison, value)
        case .between(let name, let low, let high):
            let target = try target(name)
            try target.attribute.requireOrder()
            return try .all(of: [
                node(target, .greaterOrEqual, low), node(target, .lessOrEqual, high),
            ])
        case .isIn(let name, let values):
            return try membership(try target(name), values)
        case .isNull(let name):
            return try target(name).notNull.opposite
        case .isNotNull(let name):
            return try target(name).notNull
        case .isWithin(let name, let metres, let center):
            let target = try target(name)
            try target.attribute.requireLocation(for: "within")
            try center.requireOnEarth()
            try checkRadius(metres: metres)
            let cap = Cap(center: center.stored, metres: metres)
            return target.region(cap.rectangles, .cap(cap))
        case .isInBox(let name, let box):
            let target = try target(name)
            try target.attribute.requireLocation(for: "box")
            try box.check()
            let rectangles = CellRectangle.box(
                south: box.south, west: box.west, north: box.north, east: box.east)
            return target.region(rectangles, .rectangles)
        case .isInPolygon(let name, let vertices):
            let target = try target(name)
            try target.attribute.requireLocation(for: "polygon")
            let polygon = try Polygon(vertices)
            return target.region(polygon.rectangles, .polygon(polygon))
        case .everything, .nothing, .and, .or, .not:
            preconditionFailure("\(filter) has parts")
        }
    }

    private func node(
        _ target: Target, _ comparison: Filter.Comparison, _ value: AttributeValue
    ) throws(FilterError) -> Node {
        try target.attribute.require(comparison)
        let literal = try target.attribute.literal(value)
        if case .location(let location) = literal {
            let equal = target.equal(to: location)
            return comparison == .equal ? equal : .all(of: [target.notNull, equal.opposite])
        }
        let last = target.width.maximum
        guard let cell = cell(of: literal, attributeIndex: target.index) else {
            // A keyword that no record has ever had: none is equal, all others are not.
            return comparison == .equal ? .never : target.notNull
        }
        let below = cell > 0 ? [CellRange(0, cell - 1)] : []
        let above = cell < last ? [CellRange(cell + 1, last)] : []
        return switch comparison {
        case .equal: target.ranges([CellRange(cell, cell)])
        case .notEqual: target.ranges(below + above)
        case .less: target.ranges(below)
        case .lessOrEqual: target.ranges([CellRange(0, cell)])
        case .greater: target.ranges(above)
        case .greaterOrEqual: target.ranges([CellRange(cell, last)])
        }
    }

    private func membership(
        _ target: Target, _ values: [AttributeValue]
    ) throws(FilterError) -> Node {
        var cells: [CellRange] = []
        var places: [Node] = []
        for value in values {
            let literal = try target.attribute.literal(value)
            if case .location(let location) = literal {
                places.append(target.equal(to: location))
            } else if let cell = cell(of: literal, attributeIndex: target.index) {
                cells.append(CellRange(cell, cell))
            }
        }
        return target.attribute.type == .location
            ? .any(of: places) : target.ranges(CellRange.union(cells))
    }

    /// The cell of a checked literal of one column; nil for a keyword that is not known.
    private func cell(of literal: AttributeValue, attributeIndex: Int) -> UInt64? {
        switch literal {
        case .timestamp(let value), .integer(let value): Cells.cell(integer: value)
        case .real(let value): Cells.cell(real: value)
        case .boolean(let value): value ? 1 : 0
        case .keyword(let text):
            keywords.code(for: text, attributeIndex: attributeIndex).map(UInt64.init)
        case .null, .location: nil
        }
    }

    private func target(_ name: String) throws(FilterError) -> Target {
        let (index, attribute) = try schema.find(name)
        return Target(
            index: index, attribute: attribute, column: schema.firstColumn(of: index),
            width: attribute.type.cellWidths[0])
    }

    /// The attribute that a predicate is about, and its (first) column.
    private struct Target {
        let index: Int
        let attribute: Attribute
        let column: Int
        let width: CellWidth

        var notNull: Node { .ranges(.anything(column, width)) }

        func ranges(_ ranges: [CellRange]) -> Node {
            .ranges(RangeTest(column: column, width: width, ranges: ranges))
        }

        func region(_ rectangles: [CellRectangle], _ exact: RegionTest.Exact) -> Node {
            .region(RegionTest(column: column, rectangles: rectangles, exact: exact))
        }

        /// The rectangle of one step, whose two ends of the longitudes stay distinct.
        func equal(to location: Location) -> Node {
            let latitude = Cells.latitudeCell(location.latitude)
            let longitude = Cells.longitudeCell(location.longitude)
            let rectangle = CellRectangle(
                latitude: CellRange(latitude, latitude),
                longitude: CellRange(longitude, longitude))
            return region([rectangle], .rectangles)
        }
    }
}

extension CompiledFilter.Node {
    /// All of `nodes`, those that cost least first.
    fileprivate static func all(of nodes: [Self]) -> Self {
        var parts: [Self] = []
        for node in nodes {
            if case .conjunction(let inner) = node { parts += inner } else { parts.append(node) }
        }
        parts = merged(parts) { CellRange.intersection($0, $1) }
        return parts.count == 1 ? parts[0] : .conjunction(parts.sorted { $0.cost < $1.cost })
    }

    /// At least one of `nodes`, those that cost least first.
    fileprivate static func any(of nodes: [Self]) -> Self {
        var parts: [Self] = []
        for node in nodes {
            if case .disjunction(let inner) = node { parts += inner } else { parts.append(node) }
        }
        parts = merged(parts) { CellRange.union($0 + $1) }
        return parts.count == 1 ? parts[0] : .disjunction(parts.sorted { $0.cost < $1.cost })
    }

    /// Makes one of all conditions on the ranges of a column: "from then" and "until then" are one
    /// span, which an index counts to the row.
    private static func merged(
        _ nodes: [Self], _ merge: ([CellRange], [CellRange]) -> [CellRange]
    ) -> [Self] {
        var result: [Self] = []
        var places: [Int: Int] = [:]
        for node in nodes {
            guard case .ranges(let test) = node, !test.isNegated else {
                result.append(node)
                continue
            }
            if let place = places[test.column], case .ranges(let known) = result[place] {
                result[place] = .ranges(
                    RangeTest(
                        column: test.column, width: test.width,
                        ranges: merge(known.ranges, test.ranges)))
            } else {
                places[test.column] = result.count
                result.append(node)
            }
        }
        return result
    }

    /// True where the node is false (De Morgan).
    fileprivate var opposite: Self {
        switch self {
        case .conjunction(let nodes): return .any(of: nodes.map(\.opposite))
        case .disjunction(let nodes): return .all(of: nodes.map(\.opposite))
        case .ranges(let test): return .ranges(test.opposite)
        case .region(let test): return .region(test.opposite)
        }
    }
}
