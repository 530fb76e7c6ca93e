internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Where the rows of a `KeyLookup` stand in the segments of its attribute's index.
struct KeyRanks {
    /// Ranks in `places`, of one segment.
    struct Run {
        let segment: Int
        let ranks: Range<Int>
    }

    /// Of all segments, or of those that were asked for.
    private(set) var runs: [Run] = []
    /// Rows in the runs.
    private(set) var count = 0
    /// Rows in the segments that were looked at.
    private(set) var seenCount = 0
    /// Whether not all segments were looked at.
    let isSample: Bool

    /// - Parameter step: looks only at every so many-th segment.
    init(
        _ lookup: KeyLookup, attribute: Int, in index: AttributeIndex, step: Int = 1
    ) throws(StorageError) {
        isSample = step > 1
        for number in stride(from: 0, to: index.segmentCount, by: step) {
            let segment = try index.segment(attribute: attribute, number)
            seenCount += segment.count
            if lookup.isNegated {
                appendOthers(lookup.ranges, of: segment, number)
            } else {
                appendRanges(lookup.ranges, of: segment, number)
            }
        }
    }

    private mutating func append(_ ranks: Range<Int>, _ segment: Int) {
        guard !ranks.isEmpty else { return }
        runs.append(Run(segment: segment, ranks: ranks))
        count += ranks.count
    }

    private mutating func appendRanges(
        _ ranges: [CellRange], of segment: AttributeSegment, _ number: Int
    ) {
        Self.forEachRange(ranges, of: segment) { append($0, number) }
    }

    private mutating func appendOthers(
        _ ranges: [CellRange], of segment: AttributeSegment, _ number: Int
    ) {
        var end = 0
        Self.forEachRange(ranges, of: segment) {
            append(end..<$0.lowerBound, number)
            end = $0.upperBound
        }
        append(end..<segment.count, number)
    }

    /// Runs `body` with the ranks of each range that the segment's keys reach into.
    private static func forEachRange(
        _ ranges: [CellRange], of segment: AttributeSegment, _ body: (Range<Int>) -> Void
    ) {
        guard segment.validCount > 0 else { return }
        let first = segment.key(0)
        let last = segment.key(segment.validCount - 1)
        var rank = 0
        for range in ranges where range.high >= first {
            if range.low > last { return }
            let ranks = segment.ranks(range.low, range.high, from: rank)
            if !ranks.isEmpty { body(ranks) }
            rank = ranks.upperBound
        }
    }
}
