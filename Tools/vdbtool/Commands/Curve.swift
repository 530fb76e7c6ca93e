internal import VDBPrimitives
internal import VectorDB

/// How much time gives how much recall: one evaluation after the other, with more and more asked.
struct Curve {
    struct Point {
        /// The recall that was asked for; nil for exact search.
        let asked: Double?
        let measured: Evaluation.Measured

        /// As the command line says it.
        var name: String { asked.map { JSON.double($0).text } ?? "exact" }
    }

    private(set) var points: [Point] = []

    /// The recalls that are asked for unless others are given.
    static let recalls = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1]

    /// Measures all points; each query is searched once before, so that none waits for the disk
    /// alone.
    ///
    /// - Parameter includesExact: whether exact search is measured too, which takes long.
    init(
        _ evaluation: Evaluation, recalls: [Double], includesExact: Bool, _ console: Console
    ) throws(ToolFailure) {
        var evaluation = evaluation
        let asked = recalls.map { Optional($0) } + (includesExact ? [nil] : [])
        if evaluation.truth.isEmpty {
            evaluation.truth = try evaluation.exactAnswers(
                console.progress(
                    "searching exactly", unit: "queries", total: evaluation.queries.count))
        }
        let searchCount = evaluation.queries.count * evaluation.repetitionCount
        for recall in asked {
            evaluation.effort = recall.map { .recall($0) } ?? .exact
            let verb = "measuring recall \(recall.map { JSON.double($0).text } ?? "exact")"
            let measured = try evaluation.measure(
                console.progress(verb, unit: "queries", total: searchCount))
            points.append(Point(asked: recall, measured: measured))
        }
    }

    /// Records spread at random over the database, to be queries: the same ones each time.
    ///
    /// J. S. Vitter, "Random Sampling with a Reservoir", ACM TOMS 11(1), 1985
    /// (doi:10.1145/3147.3165), algorithm R.
    static func sample(
        of database: Database, count: Int, _ console: Console
    ) throws(ToolFailure) -> [Record] {
        let total = try database.figures().liveCount
        let progress = console.progress("choosing queries", unit: "records", total: total)
        defer { progress.finish() }
        var random = RandomSource(seed: 1)
        var chosen: [Record] = []
        return try engine { () throws(VectorDBError) in
            var records = try database.records()
            var seen = 0
            while let record = try records.next() {
                seen += 1
                progress.report(seen)
                if chosen.count < count {
                    chosen.append(record)
                } else {
                    let place = Int(random.next() % UInt64(seen))
                    if place < count { chosen[place] = record }
                }
            }
            return chosen
        }
    }
}
