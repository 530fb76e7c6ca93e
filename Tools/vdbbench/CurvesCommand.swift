internal import VectorDB

/// `curves`: recall against speed over many settings, as figures and as a picture.
enum CurvesCommand {
    private static let svg = Option("svg", help: "print the picture as SVG, and nothing else")
    private static let efforts = [
        "0.8", "0.85", "0.9", "0.93", "0.95", "0.97", "0.98", "0.99", "0.995",
    ]
    private static let manual = [1, 2, 4, 8, 16, 32, 64, 128].flatMap { lists in
        [20, 40, 80, 160].map { "\(lists)/\($0)" }
    }

    static let command = Command(
        name: "curves", summary: "recall against queries per second, over many settings",
        positionals: ["DB", "QUERIES"], requiredCount: 2,
        options: SearchInput.options + [svg],
        notes: """
            One line are the settings by recall, the other those by lists and candidates of which
            no other is better and faster. The setting exact is a point of its own. What --settings
            names replaces the usual ones. One thread makes one search after the other; speed is
            searches per second of processor time.
            """,
        run: run)

    private struct Point {
        let setting: String
        let recall: Double
        let speed: Double
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let input = try SearchInput(arguments)
        let chosen =
            arguments.has(SearchInput.settings)
            ? input.efforts : (efforts + manual).compactMap { SearchInput.effort($0) }
        var byRecall: [Point] = []
        var byHand: [Point] = []
        for (name, effort) in chosen {
            let point = try measure(name, input.prepared(effort), input)
            if case .manual = effort { byHand.append(point) } else { byRecall.append(point) }
        }
        try library { () throws(VectorDBError) in try input.database.close() }
        let lines = [("by recall", byRecall), ("by hand", best(byHand))].filter {
            !$0.1.isEmpty
        }
        return report(lines, picture: arguments.has(svg), input)
    }

    private static func measure(
        _ setting: String, _ queries: [Query], _ input: SearchInput
    ) throws(BenchFailure) -> Point {
        var found: [[Match]] = []
        var used = 0.0
        try library { () throws(VectorDBError) in
            for query in queries.prefix(max(1, queries.count / 10)) {
                _ = try input.database.search(query)
            }
            let before = ProcessUsage.processorSeconds
            for query in queries { found.append(try input.database.search(query)) }
            used = ProcessUsage.processorSeconds - before
        }
        return Point(
            setting: setting, recall: input.recall(of: found),
            speed: Double(queries.count) / max(used, 1e-9))
    }

    /// The points that no other beats in both recall and speed, by recall.
    private static func best(_ points: [Point]) -> [Point] {
        var kept: [Point] = []
        for point in points.sorted(by: { ($0.recall, $0.speed) > ($1.recall, $1.speed) })
        where point.speed > kept.last?.speed ?? 0 { kept.append(point) }
        return kept.reversed()
    }

    private static func report(
        _ lines: [(name: String, points: [Point])], picture: Bool, _ input: SearchInput
    ) -> Report {
        var table = TextTable(header: ["line", "setting", "recall", "1/cpu s"])
        for line in lines {
            for point in line.points {
                table.add([line.name, point.setting, shown(point.recall), shown(point.speed)])
            }
        }
        let plot = CurvePlot(
            title: "\(input.queries.count) queries, recall@\(input.count)",
            lines: lines.map { line in
                CurvePlot.Line(
                    name: line.name,
                    points: line.points.map { ($0.recall, $0.speed) }.sorted { $0.0 < $1.0 })
            })
        return Report(
            lines: picture ? [plot.svg] : table.lines,
            json: .object(
                lines.map { line in
                    JSON.Member(
                        name: line.name,
                        value: .array(
                            line.points.map { point in
                                .members([
                                    "setting": .string(point.setting),
                                    "recall": .double(point.recall),
                                    "queriesPerCpuSecond": .measured(point.speed),
                                ])
                            }))
                }))
    }
}
