internal import VectorDB

/// `lists`: the inverted lists of the index.
enum ListsCommand {
    private static let noErrors = Option(
        "no-errors", help: "leave out the errors, which take a look at every vector")

    static let command = Command(
        name: "lists", summary: "show the index's lists: sizes and errors",
        positionals: [.database],
        options: [noErrors],
        notes: [
            "A list holds the vectors that are nearest to one centroid; a search scans the few "
                + "lists nearest to the query. list: its number. entries: what a scan goes "
                + "through, with the dead; live: those that a search can find. blocks, size: what "
                + "they take in the table. centroid error: the mean squared distance of its live "
                + "vectors to the centroid. code error: to what centroid and code together stand "
                + "for; the smaller, the fewer candidates must be compared exactly. - where "
                + "nothing lives. Under the cosine, vectors are taken at length 1.",
            "Works beside a writer. While search is exact there are no lists.",
            "JSON: {\"lists\":[LIST,…]}; a LIST has list, entries, live, blocks, bytes, "
                + "centroidError, codeError.",
        ],
        example: "vdbtool lists photos.vdb --no-errors",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let database = try Database.reading(arguments)
        let progress = console.progress("measuring", unit: "lists", total: nil)
        defer { progress.finish() }
        let lists = try engine { () throws(VectorDBError) in
            try database.lists(measuresErrors: !arguments.has(noErrors)) { step, share in
                progress.report(step: step, share: share)
            }
        }
        progress.finish()
        try database.finish()
        if console.printsJSON {
            try console.print(JSON.members(["lists": .array(lists.map(JSON.init))]).text)
        } else {
            try show(lists, console)
        }
        return .done
    }

    private static func show(
        _ lists: [ListSummary], _ console: Console
    ) throws(ToolFailure) {
        guard !lists.isEmpty else {
            return try console.print("there are no lists: search is exact")
        }
        var table = TextTable(
            header: ["list", "entries", "live", "blocks", "size", "centroid error", "code error"],
            alignments: [.right, .right, .right, .right, .right, .right, .right])
        for list in lists {
            table.add([
                String(list.number), String(list.entryCount), String(list.liveCount),
                String(list.blockCount), byteText(list.size), error(list.centroidError),
                error(list.quantizationError),
            ])
        }
        for line in table.lines { try console.print(line) }
    }

    /// Four digits that mean something.
    private static func error(_ value: Double?) -> String {
        guard let value else { return "-" }
        return JSON.significant(value, digits: 4).description
    }
}

extension JSON {
    fileprivate init(_ list: ListSummary) {
        self = .members([
            "list": .unsigned(UInt64(list.number)), "entries": .count(list.entryCount),
            "live": .count(list.liveCount), "blocks": .count(list.blockCount),
            "bytes": .count(list.size),
            "centroidError": list.centroidError.map { .double($0) } ?? .null,
            "codeError": list.quantizationError.map { .double($0) } ?? .null,
        ])
    }

    /// A number rounded to so many digits, wherever its point is.
    static func significant(_ value: Double, digits: Int) -> Double {
        guard value.isFinite, value != 0 else { return value }
        var scale = 1.0
        let limit = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        while abs(value) * scale < limit / 10, scale < 1e300 { scale *= 10 }
        while abs(value) * scale >= limit, scale > 1e-300 { scale /= 10 }
        // A scale below 1 is not exact; its inverse is.
        return scale >= 1
            ? (value * scale).rounded() / scale
            : (value * scale).rounded() * (1 / scale).rounded()
    }
}
