internal import VectorDB

/// `log`: what is in the write-ahead log.
enum LogCommand {
    private static let from = Option(
        "from", .text("POSITION"), help: "records from this one on (default: all)")
    private static let limit = Option(
        "limit", .text("N"), help: "show at most so many records (default: all)")

    static let command = Command(
        name: "log", summary: "show the segments and records of the log",
        positionals: [.database],
        options: [from, limit],
        notes: [
            "Each record is what one call has changed. Shows those too that the tables hold "
                + "already, as long as their segment is there. Changes nothing, works beside a "
                + "writer. A torn tail is what a crash leaves; the next opening cuts it off. "
                + "Damage ends the list with exit code 76.",
            "JSON: a line {\"applied\":…,\"segments\":[{\"name\":…,\"first\":…,\"records\":…,"
                + "\"bytes\":…,\"torn\":…}]}, then a line for each record: position, segment, "
                + "offset, bytes, deletions, puts, amendments, newKeywords, firstIDs.",
        ],
        example: "vdbtool log photos.vdb --from=41874 --limit=100",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let start = try arguments.integer(from, in: 0...Int.max) ?? 0
        let limit = try arguments.integer(limit, in: 0...Int.max) ?? .max
        let log = try engine { () throws(VectorDBError) in
            try LogContents(ofDatabaseAt: arguments.databasePath)
        }
        try showSegments(log, console)
        var failure: ToolFailure?
        if !console.printsJSON { try console.print("") }
        var count = 0
        try engine { () throws(VectorDBError) in
            try log.forEachRecord(from: UInt64(start)) { record in
                guard count < limit else { return false }
                count += 1
                do throws(ToolFailure) {
                    try console.print(
                        console.printsJSON ? json(record).text : line(record, log))
                } catch {
                    failure = error
                }
                return failure == nil
            }
        }
        if let failure { throw failure }
        return .done
    }

    private static func showSegments(
        _ log: LogContents, _ console: Console
    ) throws(ToolFailure) {
        guard !console.printsJSON else {
            try console.print(json(log).text)
            return
        }
        var table = TextTable(
            header: ["segment", "first", "records", "bytes", ""],
            alignments: [.left, .right, .right, .right, .left])
        for segment in log.segments {
            let torn =
                segment.tornSize == 0
                ? "" : "torn: \(segment.tornSize) bytes at its end: \(segment.tornReason)"
            table.add([
                segment.name, String(segment.firstPosition), String(segment.recordCount),
                String(segment.size), torn,
            ])
        }
        for line in table.lines { try console.print(line) }
        try console.print("the tables hold everything up to record \(log.appliedPosition)")
    }

    private static func json(_ log: LogContents) -> JSON {
        let segments = log.segments.map { segment in
            JSON.members([
                "name": .string(segment.name), "first": .unsigned(segment.firstPosition),
                "records": .count(segment.recordCount), "bytes": .count(segment.size),
                "torn": .count(segment.tornSize),
            ])
        }
        return .members([
            "applied": .unsigned(log.appliedPosition), "segments": .array(segments),
        ])
    }

    private static func json(_ record: LogContents.Record) -> JSON {
        .members([
            "position": .unsigned(record.position), "segment": .string(record.segment),
            "offset": .count(record.offset), "bytes": .count(record.size),
            "deletions": .count(record.deletionCount), "puts": .count(record.putCount),
            "amendments": .count(record.amendmentCount),
            "newKeywords": .count(record.newKeywordCount),
            "firstIDs": .array(record.firstIDs.map { .unsigned($0) }),
        ])
    }

    /// A record on a line of its own: there may be many, and columns would wait for the last.
    private static func line(_ record: LogContents.Record, _ log: LogContents) -> String {
        let count = record.deletionCount + record.putCount + record.amendmentCount
        let ids =
            record.firstIDs.map { String($0) }.joined(separator: ", ")
            + (count > record.firstIDs.count ? ", …" : "")
        let state = record.position <= log.appliedPosition ? "in the tables" : "pending"
        return "\(record.position)  at \(record.offset) in \(record.segment), "
            + "\(record.size) bytes, \(state): \(record.deletionCount) deleted, "
            + "\(record.putCount) put, \(record.amendmentCount) amended, "
            + "\(record.newKeywordCount) new keywords; ids \(ids)"
    }
}
