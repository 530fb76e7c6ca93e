/// What it costs to find the rows that fulfil several conditions, from the indexes of each.
struct IntersectionCost {
    /// Nanoseconds, on the machine that the costs in `FilterPlan` are of.
    private(set) var nanoseconds = 0.0
    /// The same for each row that the first condition leads to.
    let perCandidate: Double
    /// Conditions whose indexes are worth reading; the rest is left to the cells.
    private(set) var usedCount = 1

    /// Taking a row from an index, and asking whether it is among those taken before.
    private static let candidate = 2.0
    /// Bringing a cell of a row together with others, and looking at it.
    private static let cell = 12.0

    /// - Parameter conjuncts: those with the fewest rows first.
    init(_ conjuncts: [FilterEstimate.Conjunct], columnCount: Int, rowCount: Double) {
        let perRow = Self.cell * Double(columnCount)
        var found = conjuncts[0].share * rowCount
        var isAnswered = conjuncts.allSatisfy(\.isExact)
        nanoseconds = found * Self.candidate
        for conjunct in conjuncts.dropFirst() {
            let count = conjunct.share * rowCount
            guard count * Self.candidate < found * perRow else {
                isAnswered = false
                break
            }
            // Rows are marked, and the marks removed.
            nanoseconds += (count + found) * Self.candidate
            found *= conjunct.share
            usedCount += 1
        }
        if !isAnswered { nanoseconds += found * perRow }
        perCandidate =
            Self.candidate * Double(usedCount + (usedCount > 1 ? 1 : 0))
            + (isAnswered || usedCount > 1 ? 0 : perRow)
    }
}
