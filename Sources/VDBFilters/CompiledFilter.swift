internal import VDBPrimitives

/// A filter made ready for the cells of one schema's columns.
///
/// It holds for one state of the keywords: those that were added later are not found by it.
/// Immutable, so any number of threads may use it.
package struct CompiledFilter: Sendable {
    /// A condition in negation normal form: `not` is pushed down to the leaves.
    indirect enum Node: Sendable {
        /// All of them; true, if there is none.
        case conjunction([Node])
        /// At least one of them; false, if there is none.
        case disjunction([Node])
        case ranges(RangeTest)
        case region(RegionTest)
    }

    let root: Node

    /// The physical columns that the filter looks at, ascending.
    package let columnsUsed: [Int]

    /// Checks `filter` against the schema and resolves keywords to codes.
    package init(
        _ filter: Filter, schema: Schema, keywords: any KeywordLookup
    ) throws(FilterError) {
        let compiler = FilterCompiler(schema: schema, keywords: keywords)
        root = try compiler.node(filter, isNegated: false, depth: 0)
        var columns: Set<Int> = []
        root.visitLeaves { columns.formUnion($0) }
        columnsUsed = columns.sorted()
    }
}

/// Whether a cell is there and in one of some ranges, or the opposite of that.
///
/// A class, as `RegionTest`: a search asks at every block, and a copy would count the references
/// of all that it holds.
final class RangeTest: Sendable {
    let column: Int
    let width: CellWidth
    /// Ascending, apart from each other; none: no cell matches.
    let ranges: [CellRange]
    /// The same as `ranges`, where these are many and close together.
    let table: CellTable?
    let isNegated: Bool

    /// More ranges than this are looked up or searched, not tried one after the other.
    static let scannedRangeCount = 8

    init(column: Int, width: CellWidth, ranges: [CellRange], isNegated: Bool = false) {
        self.isNegated = isNegated
        self.column = column
        self.width = width
        self.ranges = ranges
        table = ranges.count > Self.scannedRangeCount ? CellTable(ranges) : nil
    }

    /// Every cell of the column, that is: not null.
    static func anything(_ column: Int, _ width: CellWidth) -> RangeTest {
        RangeTest(column: column, width: width, ranges: [.upTo(width.maximum)])
    }

    var opposite: RangeTest {
        RangeTest(column: column, width: width, ranges: ranges, isNegated: !isNegated)
    }

    /// Whether the ranges are all cells, so that only nulls matter.
    var isAnything: Bool { ranges.count == 1 && ranges[0] == .upTo(width.maximum) }
}

/// Whether a location is there and in an area, or the opposite of that.
final class RegionTest: Sendable {
    /// What is asked of a location that is in one of the rectangles.
    enum Exact: Sendable, Hashable {
        /// Nothing more.
        case rectangles
        case cap(Cap)
        case polygon(Polygon)
    }

    /// The column of latitudes; longitudes are in the next.
    let column: Int
    /// Together they hold the area.
    let rectangles: [CellRectangle]
    let exact: Exact
    let isNegated: Bool

    init(column: Int, rectangles: [CellRectangle], exact: Exact, isNegated: Bool = false) {
        self.column = column
        self.rectangles = rectangles
        self.exact = exact
        self.isNegated = isNegated
    }

    var opposite: RegionTest {
        RegionTest(
            column: column, rectangles: rectangles, exact: exact, isNegated: !isNegated)
    }
}

extension CompiledFilter.Node {
    /// Always true.
    static var always: Self { .conjunction([]) }
    /// Never true.
    static var never: Self { .disjunction([]) }

    /// Calls `body` with the columns of each leaf.
    func visitLeaves(_ body: ([Int]) -> Void) {
        switch self {
        case .conjunction(let nodes), .disjunction(let nodes):
            for node in nodes { node.visitLeaves(body) }
        case .ranges(let test): body([test.column])
        case .region(let test): body([test.column, test.column + 1])
        }
    }

    /// How long the evaluation takes, roughly: the number of comparisons per entry.
    var cost: Int {
        switch self {
        case .conjunction(let nodes), .disjunction(let nodes):
            return nodes.reduce(0) { $0 + $1.cost }
        case .ranges(let test):
            return test.isAnything ? 0 : test.width.size + min(test.ranges.count, 100)
        case .region(let test):
            return test.exact == .rectangles ? 8 * test.rectangles.count : 1000
        }
    }
}
