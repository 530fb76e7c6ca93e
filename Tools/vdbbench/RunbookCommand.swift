internal import VDBPrimitives
internal import VectorDB

/// `runbook`: recall and latency over a stream of inserts, deletes and replacements.
enum RunbookCommand {
    private static let queries = Option("queries", "FILE", help: "query vectors; needed")
    private static let limit = Option("limit", "N", help: "queries to use (default 500)")
    private static let setting = Option(
        "setting", "S", help: "a recall to ask for, or lists/candidates (default 16/60)")
    private static let order = Option(
        "order", "CSV:COLUMN",
        help: "data comes in the order of a column's values, as they first appear: one kind after "
            + "the other")
    private static let fresh = Option(
        "fresh", help: "compare each search with an index built anew from the same content")
    private static let svg = Option("svg", "FILE", help: "draw recall over the steps")
    private static let make = Option(
        "make", "growth|window", help: "write the runbook to FILE.yaml instead of running it")
    private static let parts = Option("parts", "N", help: "parts of a runbook to make (default 10)")

    static let command = Command(
        name: "runbook", summary: "recall and latency over a stream of changes",
        positionals: ["FILE.yaml", "DATA"], requiredCount: 2,
        options: [
            queries, limit, setting, order, fresh, svg, make, parts, Option.directory,
        ],
        notes: """
            The runbook has the YAML form of big-ann-benchmarks' streaming track: insert, delete,
            replace and search, with rows of DATA. Maintenance is done to its end after each
            change; its processor time is shown beside that of building an index anew. Recall@10
            is against exact search over what is there.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let data = try VectorFile.read(arguments.positionals[1])
        let path = arguments.positionals[0]
        if let kind = arguments.text(make) {
            return try write(kind, to: path, data, try arguments.integer(parts, or: 10))
        }
        guard let queryPath = arguments.text(queries) else {
            throw .usage("runbook needs \(queries.usage)")
        }
        let runbook = try Runbook(parsing: String(decoding: try TextFile.read(path), as: UTF8.self))
        let run = try RunbookRun(
            data: data, order: try rowOrder(arguments, count: data.count),
            queries: try VectorFile.read(
                queryPath, limit: try arguments.integer(limit, or: 500)),
            effort: try arguments.choices(setting, or: [.manual(probeCount: 16, rerankCount: 60)]) {
                effort($0)
            }[0], comparesFresh: arguments.has(fresh),
            workspace: try Workspace(in: arguments.text(.directory) ?? "."))
        let points = try run.run(runbook)
        if let svgPath = arguments.text(svg) {
            try TextFile.write(RunbookPlot(points: points).text, to: svgPath)
        }
        return report(points)
    }

    private static func effort(_ text: String) -> Query.Effort? {
        let numbers = text.split(separator: "/").map { Int($0) ?? 0 }
        if numbers.count == 2, numbers[0] > 0, numbers[1] > 0 {
            return .manual(probeCount: numbers[0], rerankCount: numbers[1])
        }
        guard let share = Double(text), share > 0, share <= 1 else { return nil }
        return .recall(share)
    }

    private static func write(
        _ kind: String, to path: String, _ data: VectorTable, _ parts: Int
    ) throws(BenchFailure) -> Report {
        let steps =
            switch kind {
            case "growth": Runbook.growth(count: data.count, parts: parts)
            case "window": Runbook.window(count: data.count, parts: parts)
            default: throw BenchFailure.usage("option --make has \(kind): \(make.help)")
            }
        try TextFile.write(
            Runbook(steps: steps).text(name: kind, count: data.count), to: path)
        return Report(
            lines: ["\(steps.count) steps written to \(path)"],
            json: .members(["steps": .integer(steps.count)]))
    }

    /// The rows of the data, those with equal values of a column together.
    private static func rowOrder(
        _ arguments: Arguments, count: Int
    ) throws(BenchFailure) -> [Int] {
        guard let text = arguments.text(order) else { return Array(0..<count) }
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { throw .usage("option --order has \(text): \(order.help)") }
        let lines = String(decoding: try TextFile.read(String(parts[0])), as: UTF8.self)
            .split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
        guard let column = lines.first?.firstIndex(of: parts[1]), lines.count > count else {
            throw .badInput(
                "cannot read \(parts[0]): it has no column \(parts[1]) of \(count) values")
        }
        var ranks: [Substring: Int] = [:]
        let keys = lines.dropFirst().prefix(count).map { line in
            let value = column < line.count ? line[column] : ""
            let rank = ranks[value] ?? ranks.count
            ranks[value] = rank
            return rank
        }
        return (0..<count).sorted { (keys[$0], $0) < (keys[$1], $1) }
    }

    private static func report(_ points: [RunbookRun.Point]) -> Report {
        var table = TextTable(header: [
            "step", "live", "generation", "lists", "greatest", "codes shift", "recall", "fresh",
            "p50 µs", "p99 µs", "max µs", "maintenance cpu s", "fresh cpu s", "bytes",
        ])
        for point in points {
            table.add(
                [
                    String(point.step), String(point.liveCount), String(point.generation),
                    String(point.lists), shown(point.greatestShare),
                    shown(point.drift?.quantizationShift ?? 1),
                    shown(point.recall), point.freshRecall.map { shown($0) } ?? "",
                ] + point.calls.cells + [
                    shown(point.maintenanceSeconds), point.freshSeconds.map { shown($0) } ?? "",
                    String(point.dataSize),
                ])
        }
        let json = points.map { point in
            JSON.members([
                "step": .integer(point.step), "live": .integer(point.liveCount),
                "lists": .integer(point.lists), "generation": .integer(point.generation),
                "greatestListShare": .measured(point.greatestShare),
                "centroidShift": .measured(point.drift?.centroidShift ?? 1),
                "quantizationShift": .measured(point.drift?.quantizationShift ?? 1),
                "splits": .integer(point.drift?.splitCount ?? 0),
                "merges": .integer(point.drift?.mergeCount ?? 0),
                "recall": .double(point.recall),
                "freshRecall": point.freshRecall.map { .double($0) } ?? .null,
                "latencyMicroseconds": point.calls.json,
                "queriesPerCpuSecond": .measured(
                    Double(point.calls.count) / max(point.searchSeconds, 1e-9)),
                "changeCpuSeconds": .measured(point.changeSeconds),
                "maintenanceCpuSeconds": .measured(point.maintenanceSeconds),
                "freshCpuSeconds": point.freshSeconds.map { .measured($0) } ?? .null,
                "dataBytes": .integer(point.dataSize),
            ])
        }
        return Report(lines: table.lines, json: .members(["points": .array(json)]))
    }
}
