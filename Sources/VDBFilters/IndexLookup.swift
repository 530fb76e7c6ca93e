internal import VDBPrimitives

/// What a filter asks of the indexes of attributes.
package indirect enum IndexLookup: Sendable {
    /// All of them; everything, if there is none.
    case all([IndexLookup])
    /// At least one of them; nothing, if there is none.
    case any([IndexLookup])
    case keys(KeyLookup)
}

/// The rows whose key in one attribute's index is in some ranges, or all others.
package struct KeyLookup: Sendable {
    /// The first column of the attribute.
    package let column: Int
    /// Ascending, apart from each other.
    package let ranges: [CellRange]
    /// Whether all rows with such a key fulfil the condition before negation; if not, these are
    /// only the rows that may.
    package let isExact: Bool
    /// Whether the others are meant, those without a key among them.
    package let isNegated: Bool
}

extension CompiledFilter {
    /// The filter as far as indexes can answer it.
    package var lookup: IndexLookup { root.lookup }
}

extension CompiledFilter.Node {
    fileprivate var lookup: IndexLookup {
        switch self {
        case .conjunction(let nodes): return .all(nodes.map(\.lookup))
        case .disjunction(let nodes): return .any(nodes.map(\.lookup))
        case .ranges(let test):
            return .keys(
                KeyLookup(
                    column: test.column, ranges: test.ranges, isExact: true,
                    isNegated: test.isNegated))
        case .region(let test):
            let cover = CurveCover(test.rectangles)
            return .keys(
                KeyLookup(
                    column: test.column, ranges: cover.ranges,
                    isExact: cover.isExact && test.exact == .rectangles,
                    isNegated: test.isNegated))
        }
    }
}
