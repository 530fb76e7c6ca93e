internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// How many rows match a filter, as the indexes of attributes tell it; and from which of them the
/// rows would best be taken.
///
/// One attribute is counted to the row, dead ones included (areas a little too high, see
/// `CurveCover`). Conditions on several are taken for independent of each other.
indirect enum FilterEstimate {
    /// One condition.
    case leaf(KeyLookup, attribute: Int, share: Double, ranks: KeyRanks)
    case all([FilterEstimate], share: Double)
    case any([FilterEstimate], share: Double)

    /// Segments that are looked at; of more, some are taken.
    private static let sampleCount = 64

    /// The share of matching rows.
    var share: Double {
        switch self {
        case .leaf(_, _, let share, _), .all(_, let share), .any(_, let share): share
        }
    }

    /// The rows that must be looked at to find all that match; nil where only looking at all does.
    var candidateShare: Double? {
        switch self {
        case .leaf(let lookup, _, let share, _):
            return lookup.isExact || !lookup.isNegated ? share : nil
        case .all(let parts, _):
            return parts.compactMap(\.candidateShare).min()
        case .any(let parts, _):
            var sum = 0.0
            for part in parts {
                guard let share = part.candidateShare else { return nil }
                sum += share
            }
            return sum
        }
    }

    init(
        _ lookup: IndexLookup, shape: RecordShape, in index: AttributeIndex
    ) throws(StorageError) {
        switch lookup {
        case .keys(let keys):
            let step = max(1, index.segmentCount / Self.sampleCount)
            guard let attribute = shape.indexes.firstIndex(where: { $0.column == keys.column })
            else { preconditionFailure("no index of column \(keys.column)") }
            let ranks = try KeyRanks(keys, attribute: attribute, in: index, step: step)
            self = .leaf(
                keys, attribute: attribute,
                share: Double(ranks.count) / Double(max(ranks.seenCount, 1)), ranks: ranks)
        case .all(let lookups):
            let parts = try Self.parts(lookups, shape: shape, in: index)
            self = .all(parts, share: parts.reduce(1) { $0 * $1.share })
        case .any(let lookups):
            let parts = try Self.parts(lookups, shape: shape, in: index)
            self = .any(parts, share: 1 - parts.reduce(1) { $0 * (1 - $1.share) })
        }
    }

    private static func parts(
        _ lookups: [IndexLookup], shape: RecordShape, in index: AttributeIndex
    ) throws(StorageError) -> [FilterEstimate] {
        var parts: [FilterEstimate] = []
        for lookup in lookups {
            parts.append(try FilterEstimate(lookup, shape: shape, in: index))
        }
        return parts
    }
}
