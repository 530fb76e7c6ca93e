extension Filter: CustomStringConvertible {
    /// The text form, which `init(parsing:schema:)` reads as the same filter, unless it nests
    /// deeper than text may.
    ///
    /// An `and` or `or` of one part, or none, is written as what it means.
    public var description: String { text(within: .or) }

    /// How tightly an operator binds.
    private enum Precedence: Int {
        case or, and, not
    }

    /// - Parameter context: parts that bind less tightly than this are put in parentheses.
    private func text(within context: Precedence) -> String {
        switch self {
        case .and(let parts): Self.text(of: parts, joinedBy: .and, within: context)
        case .or(let parts): Self.text(of: parts, joinedBy: .or, within: context)
        case .not(let part): "not " + part.text(within: .not)
        default: predicateText
        }
    }

    private static func text(
        of parts: [Filter], joinedBy operation: Precedence, within context: Precedence
    ) -> String {
        guard parts.count > 1 else {
            let empty: Filter = operation == .and ? .everything : .nothing
            return (parts.first ?? empty).text(within: context)
        }
        // A part that is joined by the same word is in parentheses too, so as to stay a part.
        let inner: Precedence = operation == .or ? .and : .not
        let joined = parts.map { $0.text(within: inner) }
            .joined(separator: operation == .and ? " and " : " or ")
        return operation.rawValue < context.rawValue ? "(\(joined))" : joined
    }

    private var predicateText: String {
        switch self {
        case .everything: return FilterWord.everything.rawValue
        case .nothing: return FilterWord.nothing.rawValue
        case .comparison(let name, let comparison, let value):
            return "\(name) \(comparison.rawValue) \(value.filterText)"
        case .between(let name, let low, let high):
            return "\(name) between \(low.filterText) and \(high.filterText)"
        case .isIn(let name, let values):
            return "\(name) in (\(values.map(\.filterText).joined(separator: ", ")))"
        case .isNull(let name): return "\(name) is null"
        case .isNotNull(let name): return "\(name) is not null"
        case .isWithin(let name, let metres, let center):
            return "\(name) within \(decimalText(metres)) m of \(center.filterText)"
        case .isInBox(let name, let box):
            let edges = [box.south, box.west, box.north, box.east]
            return "\(name) in box (\(edges.map(decimalText).joined(separator: ", ")))"
        case .isInPolygon(let name, let vertices):
            return "\(name) in polygon (\(vertices.map(\.filterText).joined(separator: ", ")))"
        case .and, .or, .not:
            return description
        }
    }
}

extension AttributeValue {
    /// The literal of the filter language.
    var filterText: String {
        switch self {
        case .null: FilterWord.null.rawValue
        case .location(let location): location.filterText
        case .keyword(let value): quoted(value)
        case .timestamp, .integer, .real, .boolean: text
        }
    }
}

extension Location {
    /// The literal of the filter language.
    var filterText: String { "(\(decimalText(latitude)), \(decimalText(longitude)))" }
}
