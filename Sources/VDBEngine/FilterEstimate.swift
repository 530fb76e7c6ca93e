internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// How many rows match a filter, as the indexes of attributes tell it; and from which of them the
/// rows would best be taken.
///
/// One attribute is counted to the row, dead ones included (areas a little too high, see
/// `CurveCover`), but from 8 million rows on, where a part of the index stands for all. Conditions
/// on several attributes are taken for independent of each other where few rows fulfil one of them;
/// else they are tried on a sample of the rows, as all are while the indexes have no row yet.
indirect enum FilterEstimate: Sendable {
    /// One condition.
    case leaf(KeyLookup, attribute: Int, share: Double, ranks: KeyRanks)
    case all([FilterEstimate], share: Double)
    case any([FilterEstimate], share: Double)

    /// One of the conditions that a row must fulfil.
    struct Conjunct {
        let estimate: FilterEstimate
        /// The share of the rows that its indexes lead to.
        let share: Double
        /// Whether these are those that fulfil it.
        let isExact: Bool
    }

    /// The least number of segments that are looked at where not all are.
    private static let segmentSampleCount = 64
    /// Rows that fulfil the rarest of several conditions, from which they are tried on a sample.
    private static let sampledRowCount = 16_384.0
    /// Matches from which the sample is believed.
    private static let leastMatches = 4

    /// The share of matching rows.
    var share: Double {
        switch self {
        case .leaf(_, _, let share, _), .all(_, let share), .any(_, let share): share
        }
    }

    /// The conditions that indexes lead to the rows of, those with the fewest rows first; nil where
    /// only looking at all rows finds those that match.
    ///
    /// A condition that no index leads to makes the others inexact.
    var conjuncts: [Conjunct]? {
        guard case .all(let parts, _) = self else { return candidates.map { [$0] } }
        let found = parts.compactMap(\.candidates).sorted { $0.share < $1.share }
        guard !found.isEmpty else { return nil }
        if found.count == parts.count { return found }
        return found.map {
            Conjunct(estimate: $0.estimate, share: $0.share, isExact: false)
        }
    }

    /// The rows that indexes lead to, taken as one condition; nil where they do not.
    private var candidates: Conjunct? {
        switch self {
        case .leaf(let lookup, _, let share, _):
            // Those that fail the test are anywhere in its ranges.
            guard lookup.test == nil || !lookup.isNegated else { return nil }
            return Conjunct(estimate: self, share: share, isExact: true)
        case .all:
            // The best of them.
            guard let conjuncts, let best = conjuncts.first else { return nil }
            return Conjunct(
                estimate: best.estimate, share: best.share,
                isExact: conjuncts.count == 1 && best.isExact)
        case .any(let parts, _):
            var (sum, isExact) = (0.0, true)
            for part in parts {
                guard let candidates = part.candidates else { return nil }
                sum += candidates.share
                isExact = isExact && candidates.isExact
            }
            return Conjunct(estimate: self, share: sum, isExact: isExact)
        }
    }

    /// Asks the indexes, and some rows where that is not enough.
    init(_ filter: CompiledFilter, in stored: StoredState) throws(StorageError) {
        let shape = stored.rows.shape
        self = try FilterEstimate(filter.lookup, shape: shape, in: stored.attributes)
        if stored.attributes.coveredCount == 0 {
            self = withShare(try stored.sample.matches(filter, in: stored).share)
            return
        }
        // Where the rarest condition has few rows, finding them costs less than a bad plan.
        guard case .all(let parts, _) = self, parts.count > 1,
            let least = parts.map(\.share).min(),
            least * Double(stored.rows.count) >= Self.sampledRowCount
        else { return }
        let sample = try stored.sample.matches(filter, in: stored)
        self = withShare(
            sample.count >= Self.leastMatches
                ? sample.share
                : min(share, Double(Self.leastMatches) / Double(max(sample.rowCount, 1))))
    }

    private func withShare(_ share: Double) -> FilterEstimate {
        switch self {
        case .leaf(let lookup, let attribute, _, let ranks):
            .leaf(lookup, attribute: attribute, share: share, ranks: ranks)
        case .all(let parts, _): .all(parts, share: share)
        case .any(let parts, _): .any(parts, share: share)
        }
    }

    private init(
        _ lookup: IndexLookup, shape: RecordShape, in index: AttributeIndex
    ) throws(StorageError) {
        switch lookup {
        case .keys(let keys):
            let step = max(1, index.segmentCount / Self.segmentSampleCount)
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
