internal import VDBPrimitives

/// What a filter asks of the indexes of attributes.
package indirect enum IndexLookup: Sendable {
    /// All of them; everything, if there is none.
    case all([IndexLookup])
    /// At least one of them; nothing, if there is none.
    case any([IndexLookup])
    case keys(KeyLookup)
}

/// The rows whose key in one attribute's index is in some ranges and passes a test, or all others.
package struct KeyLookup: Sendable {
    /// The first column of the attribute.
    package let column: Int
    /// Ascending, apart from each other.
    package let ranges: [CellRange]
    /// Nil where all keys in the ranges pass.
    package let test: KeyTest?
    /// Whether the others are meant, those without a key among them.
    package let isNegated: Bool
}

/// Whether the places that keys stand for are in a region, which the ranges of a `CurveCover` tell
/// of most only.
package struct KeyTest: Sendable {
    /// Its negation is that of the lookup.
    private let region: RegionTest

    /// Keys that are looked at together.
    package static let capacity = 256

    init(_ region: RegionTest) { self.region = region }

    /// A bit for each of up to 256 keys whose place is in the region.
    package func matches(_ keys: UnsafePointer<UInt64>, count: Int) -> SIMD4<UInt64> {
        precondition(count <= Self.capacity, "\(count) keys")
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * Self.capacity) {
            guard let latitudes = $0.baseAddress else { return SIMD4() }
            let longitudes = latitudes + Self.capacity
            CellKernel.places(
                ofKeys: keys, count: count, latitudes: latitudes, longitudes: longitudes)
            return region.inRegion(
                PlaceScan(latitudes: latitudes, longitudes: longitudes, count: count),
                among: SIMD4(repeating: .max))
        }
    }
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
            // A location that is not null has any key, not any cell of its latitude.
            return .keys(
                KeyLookup(
                    column: test.column, ranges: test.isAnything ? [.upTo(.max)] : test.ranges,
                    test: nil, isNegated: test.isNegated))
        case .region(let test):
            let cover = CurveCover(test.rectangles)
            return .keys(
                KeyLookup(
                    column: test.column, ranges: cover.ranges,
                    test: cover.isExact && test.exact == .rectangles ? nil : KeyTest(test),
                    isNegated: test.isNegated))
        }
    }
}
