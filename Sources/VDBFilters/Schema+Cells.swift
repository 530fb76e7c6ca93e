package import VDBPrimitives

extension Schema {
    /// The physical cells of a record's attribute values; nil is null.
    ///
    /// An integer is taken for a real attribute if it is exact. New keywords are added to
    /// `keywords`, but only if all values are sound.
    ///
    /// - Parameter values: one per attribute, in the order of the schema.
    /// - Returns: one per physical column; both columns of a null location are nil.
    package func cells(
        for values: [AttributeValue], keywords: inout KeywordDictionary
    ) throws(AttributeError) -> [UInt64?] {
        try check(values)
        return cells(forChecked: values) { keywords.intern($0, attributeIndex: $1) }
    }

    /// The same of values that have been checked.
    ///
    /// - Parameter code: gives the code of a keyword.
    package func cells<Failure: Error>(
        forChecked values: [AttributeValue],
        code: (String, _ attributeIndex: Int) throws(Failure) -> UInt32
    ) throws(Failure) -> [UInt64?] {
        var cells: [UInt64?] = []
        cells.reserveCapacity(attributes.count + 2)
        for (index, value) in values.enumerated() {
            switch value {
            case .null:
                for _ in attributes[index].type.cellWidths { cells.append(nil) }
            case .timestamp(let microseconds):
                cells.append(Cells.cell(integer: microseconds))
            case .location(let location):
                cells.append(Cells.latitudeCell(location.latitude))
                cells.append(Cells.longitudeCell(location.longitude))
            case .integer(let integer):
                cells.append(
                    attributes[index].type == .real
                        ? Cells.cell(real: Double(integer)) : Cells.cell(integer: integer))
            case .real(let real):
                cells.append(Cells.cell(real: real))
            case .keyword(let text):
                cells.append(UInt64(try code(text, index)))
            case .boolean(let flag):
                cells.append(flag ? 1 : 0)
            }
        }
        return cells
    }

    /// Whether `values` can be stored: one per attribute, of its type and in range.
    package func check(_ values: [AttributeValue]) throws(AttributeError) {
        guard values.count == attributes.count else {
            throw .wrongCount(expected: attributes.count, found: values.count)
        }
        for (attribute, value) in zip(attributes, values) { try attribute.check(value) }
    }

    /// The attribute values of a record, from its physical cells.
    ///
    /// Cells that no value has, as damage may leave them, are refused.
    package func values(
        of cells: [UInt64?], keywords: KeywordDictionary
    ) throws(DecodingFailure) -> [AttributeValue] {
        try values(of: cells) { keywords.string(for: $0, attributeIndex: $1) }
    }

    /// The same.
    ///
    /// - Parameter text: gives the keyword of a code; nil if there is none.
    package func values(
        of cells: [UInt64?], text: (UInt32, _ attributeIndex: Int) -> String?
    ) throws(DecodingFailure) -> [AttributeValue] {
        var values: [AttributeValue] = []
        values.reserveCapacity(attributes.count)
        var column = 0
        for (index, attribute) in attributes.enumerated() {
            let width = attribute.type.cellWidths.count
            guard column + width <= cells.count else {
                throw .truncated(needed: column + width, available: cells.count)
            }
            values.append(
                try value(
                    of: cells[column], cells[column + width - 1], attributeIndex: index,
                    text: text))
            column += width
        }
        guard column == cells.count else { throw .trailingBytes(cells.count - column) }
        return values
    }

    /// - Parameter second: the longitude of a location; otherwise not looked at.
    private func value(
        of first: UInt64?, _ second: UInt64?, attributeIndex: Int,
        text: (UInt32, Int) -> String?
    ) throws(DecodingFailure) -> AttributeValue {
        let attribute = attributes[attributeIndex]
        guard let first else {
            guard attribute.type != .location || second == nil else {
                throw .inconsistent("attribute \(attribute.name) has a longitude, no latitude")
            }
            return .null
        }
        switch attribute.type {
        case .timestamp: return .timestamp(Cells.integer(first))
        case .integer: return .integer(Cells.integer(first))
        case .real:
            if let real = Cells.real(first) { return .real(real) }
        case .keyword:
            if let code = UInt32(exactly: first),
                let found = text(code, attributeIndex)
            {
                return .keyword(found)
            }
        case .boolean:
            if first <= 1 { return .boolean(first == 1) }
        case .location:
            if let second, first <= Cells.maximumLatitude, second <= Cells.maximumLongitude {
                return .location(
                    Location(
                        latitude: Cells.latitude(first), longitude: Cells.longitude(second)))
            }
        }
        throw .inconsistent(
            "attribute \(attribute.name) (\(attribute.type.name)) has cell \(first)")
    }
}

extension Attribute {
    /// Whether the attribute can have this value.
    func check(_ value: AttributeValue) throws(AttributeError) {
        switch (type, value) {
        case (_, .null), (.timestamp, .timestamp), (.integer, .integer), (.boolean, .boolean):
            return
        case (.real, .real(let real)):
            guard real.isFinite else { throw .notFinite(attribute: name) }
        case (.real, .integer(let integer)):
            guard Double(exactly: integer) != nil else {
                throw .inexact(attribute: name, integer: integer)
            }
        case (.location, .location(let location)):
            guard location.isOnEarth else {
                throw .coordinateOutOfRange(attribute: name, location: location)
            }
        case (.keyword, .keyword(let text)):
            let size = text.utf8.count
            guard size <= AttributeValue.maximumKeywordSize else {
                throw .keywordTooLong(attribute: name, size: size)
            }
        default:
            throw .wrongType(attribute: name, expected: type, found: value.type ?? type)
        }
    }
}
