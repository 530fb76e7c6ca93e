package import VDBPrimitives

/// What is known of a run of records without looking at each.
package enum FilterVerdict: Int, Sendable, Hashable, Comparable {
    /// No record matches.
    case none = 0
    /// Some may match, some may not.
    case some = 1
    /// Every record matches.
    case all = 2

    /// From none, over some, to all.
    package static func < (left: FilterVerdict, right: FilterVerdict) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The verdict on the opposite condition.
    fileprivate var opposite: FilterVerdict {
        switch self {
        case .none: .all
        case .some: .some
        case .all: .none
        }
    }
}

extension CompiledFilter {
    /// What minima, maxima and counts of nulls say of a run of records.
    ///
    /// Sound, not complete: `.none` and `.all` are always true, `.some` says nothing. The minima
    /// may be less and the maxima greater than they need be, as after deletions; counts of nulls
    /// must be exact. Subsets of the run have the same verdict, or a more definite one.
    ///
    /// - Parameter columns: one per physical column, in the order of the schema.
    package func verdict(for columns: [ColumnView]) -> FilterVerdict {
        root.verdict(for: columns)
    }
}

extension CompiledFilter.Node {
    fileprivate func verdict(for columns: [ColumnView]) -> FilterVerdict {
        switch self {
        case .conjunction(let nodes):
            var verdict = FilterVerdict.all
            for node in nodes where verdict != .none {
                verdict = min(verdict, node.verdict(for: columns))
            }
            return verdict
        case .disjunction(let nodes):
            var verdict = FilterVerdict.none
            for node in nodes where verdict != .all {
                verdict = max(verdict, node.verdict(for: columns))
            }
            return verdict
        case .ranges(let test):
            let verdict = test.verdict(for: columns[test.column].summary)
            return test.isNegated ? verdict.opposite : verdict
        case .region(let test):
            let verdict = test.verdict(
                for: columns[test.column].summary, columns[test.column + 1].summary)
            return test.isNegated ? verdict.opposite : verdict
        }
    }
}

extension RangeTest {
    /// The verdict before negation.
    fileprivate func verdict(for summary: ColumnSummary) -> FilterVerdict {
        guard let cells = summary.range else { return .none }
        // The first range that ends at or after the least cell.
        let index = ranges.partitionPoint { $0.high >= cells.low }
        guard index < ranges.count, ranges[index].overlaps(cells) else { return .none }
        return summary.nullCount == 0 && ranges[index].contains(cells) ? .all : .some
    }
}

extension RegionTest {
    /// The verdict before negation.
    fileprivate func verdict(
        for latitude: ColumnSummary, _ longitude: ColumnSummary
    ) -> FilterVerdict {
        guard let latitudes = latitude.range, let longitudes = longitude.range else {
            return .none
        }
        var verdict = FilterVerdict.none
        for rectangle in rectangles
        where rectangle.overlaps(latitude: latitudes, longitude: longitudes) {
            verdict = .some
            if exact == .rectangles, latitude.nullCount == 0, longitude.nullCount == 0,
                rectangle.contains(latitude: latitudes, longitude: longitudes)
            {
                return .all
            }
        }
        return verdict
    }
}

extension ColumnSummary {
    /// From the least to the greatest cell; nil if all are null.
    fileprivate var range: CellRange? {
        guard nullCount < count else { return nil }
        // Bounds in the wrong order are damage, of which nothing follows.
        return minimum <= maximum ? CellRange(minimum, maximum) : .upTo(.max)
    }
}
