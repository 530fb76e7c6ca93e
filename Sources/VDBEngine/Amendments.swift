internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives

/// Attribute values that operations of the log give to rows, in the tables or in the delta. They
/// count in the place of those that stand there until a checkpoint has brought them to the tables.
///
/// A value: copies share what they have in common. It is a list of sorted runs, the newest last,
/// each of which is merged into the one before when it has grown near to its size (the logarithmic
/// method: J. L. Bentley and J. B. Saxe, "Decomposable Searching Problems I: Static-to-Dynamic
/// Transformation", J. Algorithms 1(4), 1980, doi:10.1016/0196-6774(80)90015-2): adding takes
/// O(log n) each in the mean, finding O(log² n).
struct Amendments: Sendable {
    /// Rows of one run at most: as many as a filter looks at in one go.
    static let runLimit = CompiledFilter.maximumEntryCount

    private(set) var runs: [AmendmentRun] = []
    /// The rows that are amended, those that have died since included.
    private(set) var rows = RowSet()
    /// These rows, and all that are dead; empty as long as there are none.
    ///
    /// A filter does not ask the tables of them: what is kept there of a filter stays true, however
    /// many amendments come.
    private(set) var hidden = RowSet()

    var isEmpty: Bool { runs.isEmpty }

    /// Amendments, those that others have overtaken included.
    var count: Int { runs.reduce(0) { $0 + $1.count } }

    /// Adds amendments of one operation.
    ///
    /// - Parameter dead: the rows that are dead after it.
    mutating func add(_ run: AmendmentRun, dead: RowSet) {
        if isEmpty { hidden = dead }
        for row in run.rows {
            rows.insert(row)
            hidden.insert(row)
        }
        runs.append(run)
        while let last = runs.last, runs.count > 1,
            runs[runs.count - 2].count <= 2 * last.count,
            runs[runs.count - 2].count + last.count <= Self.runLimit
        {
            runs.removeLast()
            runs[runs.count - 1] = runs[runs.count - 1].merged(with: last)
        }
    }

    /// Notes that a row has died.
    mutating func hide(_ row: UInt32) {
        if !isEmpty { hidden.insert(row) }
    }

    /// The cells of a row, if it is amended.
    func cells(of row: UInt32) -> [UInt64?]? {
        place(of: row).map { $0.run.cells($0.index) }
    }

    /// Where in the log a row was amended last.
    func position(of row: UInt32) -> LogPosition? {
        place(of: row).map { $0.run.positions[$0.index] }
    }

    private func place(of row: UInt32) -> (run: AmendmentRun, index: Int)? {
        guard rows.contains(row) else { return nil }
        for run in runs.reversed() {
            if let index = run.index(of: row) { return (run, index) }
        }
        return nil
    }

    /// What the tables do not hold once they hold the log up to a position.
    ///
    /// - Parameter dead: the dead rows of the same state.
    func after(_ position: LogPosition, dead: RowSet) -> Amendments {
        if runs.allSatisfy({ $0.firstPosition > position }) { return self }
        var result = Amendments()
        for run in runs {
            if let rest = run.after(position) { result.add(rest, dead: dead) }
        }
        return result
    }

    /// The rows that match a filter by what they were given last, those that are dead included; in
    /// no order.
    func rows(matching filter: CompiledFilter) -> [UInt32] {
        var found: [UInt32] = []
        for (number, run) in runs.enumerated() {
            if filter.verdict(for: run.columns) == .none { continue }
            var mask = [UInt64](repeating: 0, count: (run.count + 63) / 64)
            mask.withUnsafeMutableBufferPointer {
                filter.evaluate(run.columns, count: run.count, into: $0)
            }
            let later = runs[(number + 1)...]
            for (word, bits) in mask.enumerated() {
                bits.forEachSetBit { bit in
                    let row = run.rows[word * 64 + bit]
                    if later.allSatisfy({ $0.index(of: row) == nil }) { found.append(row) }
                }
            }
        }
        return found
    }
}

extension Snapshot {
    /// A cell of a row that has `cell` in the tables or the delta.
    func cell(_ column: Int, of row: UInt32, or cell: UInt64?) -> UInt64? {
        guard !amendments.isEmpty, let cells = amendments.cells(of: row) else { return cell }
        return cells[column]
    }

    /// The rows of which the tables and the delta cannot say whether they match a filter, or that
    /// are dead.
    var hidden: RowSet { amendments.isEmpty ? dead : amendments.hidden }

    /// The live rows that are amended and match a filter, ascending.
    func amendedRows(matching filter: CompiledFilter) -> [UInt32] {
        if amendments.isEmpty { return [] }
        return amendments.rows(matching: filter).filter { !dead.contains($0) }.sorted()
    }

    /// The live rows in the tables that are amended, ascending.
    var amendedStoredRows: [UInt32] {
        if amendments.isEmpty { return [] }
        return amendments.rows.members(notIn: dead).filter { Int($0) < delta.start }
    }
}
