extension FilterParser {
    /// One predicate: an attribute's name and what is asked of it.
    mutating func predicate() throws(FilterError) -> Filter {
        guard case .word(let name) = token.kind, FilterWord(name) == nil else {
            throw error(expected: "an attribute, not, or (")
        }
        let attribute = try at(token.offset) { () throws(FilterError) in
            try schema.find(name).attribute
        }
        try advance()

        if case .comparison(let comparison) = token.kind {
            try at(token.offset) { () throws(FilterError) in try attribute.require(comparison) }
            try advance()
            let nullTest = comparison == .notEqual ? "is not null" : "is null"
            return .comparison(
                attribute: name, comparison, try value(for: attribute, nullTest: nullTest))
        }
        if try take(.is) {
            let isNegated = try take(.not)
            guard try take(.null) else { throw error(expected: isNegated ? "null" : "null or not") }
            return isNegated ? .isNotNull(attribute: name) : .isNull(attribute: name)
        }
        if try take(.not) {
            guard let inner = try membership(of: attribute) else {
                throw error(expected: "between, in or within")
            }
            return .not(inner)
        }
        guard let filter = try membership(of: attribute) else {
            throw error(
                expected: "a comparison, between, in, within or is", attribute: attribute,
                suggestion: attribute.type == .boolean ? "\(name) = true" : nil)
        }
        return filter
    }

    /// `between`, `in` or `within`; nil if none of these is next.
    private mutating func membership(of attribute: Attribute) throws(FilterError) -> Filter? {
        let start = token.offset
        if try take(.between) {
            try at(start) { () throws(FilterError) in try attribute.requireOrder() }
            let low = try value(for: attribute)
            guard try take(.and) else { throw error(expected: "and") }
            return .between(attribute: attribute.name, low, try value(for: attribute))
        }
        if try take(.within) {
            try at(start) { () throws(FilterError) in
                try attribute.requireLocation(for: "within")
            }
            let metres = try length()
            guard try take(.of) else { throw error(expected: "of") }
            return .isWithin(attribute: attribute.name, metres: metres, of: try location())
        }
        guard try take(.in) else { return nil }
        let shape = token.offset
        if try take(.box) {
            try at(shape) { () throws(FilterError) in try attribute.requireLocation(for: "box") }
            return .isInBox(attribute: attribute.name, try box())
        }
        if try take(.polygon) {
            try at(shape) { () throws(FilterError) in
                try attribute.requireLocation(for: "polygon")
            }
            return .isInPolygon(attribute: attribute.name, try polygon())
        }
        let expected = attribute.type == .location ? "(, box or polygon" : "("
        try require(.open, expected)
        var values: [AttributeValue] = []
        if try take(FilterToken.Kind.close) { return .isIn(attribute: attribute.name, values) }
        repeat {
            values.append(try value(for: attribute))
        } while try take(FilterToken.Kind.comma)
        try require(.close, ", or )")
        return .isIn(attribute: attribute.name, values)
    }

    // MARK: Values

    /// A literal of the attribute's type, checked, as it was written.
    ///
    /// - Parameter nullTest: what who writes `null` here should write instead.
    private mutating func value(
        for attribute: Attribute, nullTest: String = "is null"
    ) throws(FilterError) -> AttributeValue {
        let start = token.offset
        let value: AttributeValue
        switch (attribute.type, token.kind) {
        case (.location, .open):
            return .location(try location())
        case (.keyword, .string(let text)):
            value = .keyword(text)
        case (.boolean, .word(let text)) where FilterWord(text) == .true:
            value = .boolean(true)
        case (.boolean, .word(let text)) where FilterWord(text) == .false:
            value = .boolean(false)
        case (.timestamp, .number(let text)), (.timestamp, .string(let text)):
            value = .timestamp(try timestamp(text, for: attribute))
        case (.integer, .number(let text)), (.real, .number(let text)):
            value = try number(text, for: attribute)
        default:
            throw typeError(for: attribute, nullTest)
        }
        _ = try at(start) { () throws(FilterError) in try attribute.literal(value) }
        try advance()
        return value
    }

    private func typeError(
        for attribute: Attribute, _ nullTest: String = "is null"
    ) -> FilterError {
        var suggestion: String?
        if case .word(let text) = token.kind {
            if FilterWord(text) == .null { suggestion = "\(attribute.name) \(nullTest)" }
            if attribute.type == .keyword, FilterWord(text) == nil { suggestion = quoted(text) }
        }
        return error(
            expected: attribute.type.nameWithArticle, attribute: attribute,
            suggestion: suggestion)
    }

    private func timestamp(
        _ text: String, for attribute: Attribute
    ) throws(FilterError) -> Int64 {
        do {
            return try Timestamp.parse(text)
        } catch .outOfRange {
            throw error(
                expected: "a year within −290308…294247", found: text, attribute: attribute)
        } catch {
            throw self.error(
                expected: "a timestamp in ISO 8601, such as 2024-05-01T12:30:00Z,",
                attribute: attribute)
        }
    }

    /// An integer stays one, also for a real attribute, so that the text is given back as it was.
    private func number(
        _ text: String, for attribute: Attribute
    ) throws(FilterError) -> AttributeValue {
        if let integer = Int64(text) { return .integer(integer) }
        guard let real = decimalNumber(text) else { throw typeError(for: attribute) }
        if attribute.type == .integer, !text.utf8.contains(where: { ".eE".utf8.contains($0) }) {
            throw error(
                expected: "an integer of 64 bits", found: text, attribute: attribute)
        }
        return .real(real)
    }

    /// A number and its unit, together or apart, in metres.
    private mutating func length() throws(FilterError) -> Double {
        let start = token.offset
        guard case .number(let text) = token.kind else {
            throw error(expected: "a distance, such as 5 km")
        }
        let unitText = text.utf8.reversed().prefix { isLetter($0) }.count
        let digits = text.dropLast(unitText)
        guard let number = decimalNumber(digits) else {
            throw error(expected: "a distance, such as 5 km")
        }
        var unit = LengthUnit(text.suffix(unitText))
        if unitText == 0 {
            try advance()
            if case .word(let word) = token.kind { unit = LengthUnit(word) }
        }
        guard let unit else { throw error(expected: "m, km, mi or ft") }
        let metres = number * unit.metres
        try at(start) { () throws(FilterError) in try checkRadius(metres: metres) }
        try advance()
        return metres
    }

    private mutating func location() throws(FilterError) -> Location {
        let start = token.offset
        try require(.open, "( and a latitude")
        let latitude = try coordinate("a latitude in degrees")
        try require(.comma, ", and a longitude")
        let location = Location(
            latitude: latitude, longitude: try coordinate("a longitude in degrees"))
        try at(start) { () throws(FilterError) in try location.requireOnEarth() }
        try require(.close, ")")
        return location
    }

    private mutating func box() throws(FilterError) -> GeographicBox {
        let start = token.offset
        try require(.open, "( and the box's south")
        let south = try coordinate("the box's south in degrees")
        try require(.comma, ", and the box's west")
        let west = try coordinate("the box's west in degrees")
        try require(.comma, ", and the box's north")
        let north = try coordinate("the box's north in degrees")
        try require(.comma, ", and the box's east")
        let east = try coordinate("the box's east in degrees")
        let box = GeographicBox(south: south, west: west, north: north, east: east)
        try at(start) { () throws(FilterError) in try box.check() }
        try require(.close, ")")
        return box
    }

    private mutating func polygon() throws(FilterError) -> [Location] {
        let start = token.offset
        try require(.open, "( and the polygon's vertices")
        var vertices: [Location] = []
        repeat {
            vertices.append(try location())
        } while try take(FilterToken.Kind.comma)
        _ = try at(start) { () throws(FilterError) in try Polygon(vertices) }
        try require(.close, ", or )")
        return vertices
    }

    private mutating func coordinate(_ name: String) throws(FilterError) -> Double {
        guard case .number(let text) = token.kind, let number = decimalNumber(text) else {
            throw error(expected: name)
        }
        try advance()
        return number
    }
}
