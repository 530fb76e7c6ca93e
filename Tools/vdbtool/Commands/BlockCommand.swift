internal import VectorDB

/// `block`: one block of a list, as it is stored.
enum BlockCommand {
    static let command = Command(
        name: "block", summary: "show the header and the columns of a block",
        positionals: [
            .database, .list,
            Positional(name: "B", help: "the block's place in the list, from 0", completion: .none),
        ],
        notes: [
            "A block is up to 256 entries of a list, the unit in which they are stored. codec: "
                + "pq4 (two codes a byte, 32 entries interleaved) or pq8 (a byte a code). "
                + "subspaces: codes of an entry. generation: of the models that the codes were "
                + "made with. size: bytes of the value, with its padding. rows, alpha, beta: "
                + "least and greatest of the entries.",
            "Columns: what a filter looks at first. width: bytes of a value. nulls: entries "
                + "without one. A block whose minimum and maximum cannot match is passed over. "
                + "Of a keyword the code is shown; a location has a column for each coordinate.",
            "Works beside a writer. The exit code is 1 if there is no such block.",
            "JSON: list, block, entries, live, codec, subspaces, generation, bytes, firstRow, "
                + "lastRow, columns (name, width, nulls, min, max). Entries: vdbtool list.",
        ],
        example: "vdbtool block photos.vdb 17 0",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let list = try arguments.number(at: 1, named: "N")
        let index = Int(try arguments.number(at: 2, named: "B"))
        let database = try Database.reading(arguments)
        var found: ListBlockContents?
        try engine { () throws(VectorDBError) in
            try database.forEachBlock(ofList: list, from: index) { block in
                found = block
                return false
            }
        }
        try database.finish()
        guard let block = found else {
            throw ToolFailure(
                .negative, "cannot show block \(index) of list \(list): the list has fewer blocks")
        }
        if console.printsJSON {
            try console.print(JSON(block).text)
        } else {
            try show(block, console)
        }
        return .done
    }

    private static func show(
        _ block: ListBlockContents, _ console: Console
    ) throws(ToolFailure) {
        let live = block.entries.count { $0.isLive }
        var table = TextTable(alignments: [.left, .left])
        table.add(["list", String(block.list)])
        table.add(["block", String(block.index)])
        table.add(["entries", "\(block.entries.count), \(live) alive"])
        table.add(["codec", block.codec])
        table.add(["subspaces", String(block.subspaceCount)])
        table.add(["generation", String(block.generation)])
        table.add(["size", byteText(block.size)])
        table.add(["rows", range(block.entries.map(\.row))])
        table.add(["alpha", range(block.entries.map(\.alpha))])
        table.add(["beta", range(block.entries.map(\.beta))])
        for line in table.lines { try console.print(line) }
        guard !block.columns.isEmpty else { return }
        try console.print("")
        var columns = TextTable(
            header: ["column", "width", "nulls", "minimum", "maximum"],
            alignments: [.left, .right, .right, .right, .right])
        for column in block.columns {
            columns.add([
                column.name, String(column.width), String(column.nullCount),
                column.minimum.text, column.maximum.text,
            ])
        }
        for line in columns.lines { try console.print(line) }
    }

    private static func range<Value: Comparable>(_ values: [Value]) -> String {
        guard let least = values.min(), let greatest = values.max() else { return "none" }
        return "\(least)…\(greatest)"
    }
}

extension JSON {
    fileprivate init(_ block: ListBlockContents) {
        let columns = block.columns.map { column in
            JSON.members([
                "name": .string(column.name), "width": .count(column.width),
                "nulls": .count(column.nullCount), "min": JSON(column.minimum),
                "max": JSON(column.maximum),
            ])
        }
        func row(_ entry: ListBlockContents.Entry?) -> JSON {
            entry.map { .unsigned(UInt64($0.row)) } ?? .null
        }
        self = .members([
            "list": .unsigned(UInt64(block.list)), "block": .count(block.index),
            "entries": .count(block.entries.count),
            "live": .count(block.entries.count { $0.isLive }), "codec": .string(block.codec),
            "subspaces": .count(block.subspaceCount),
            "generation": .unsigned(UInt64(block.generation)), "bytes": .count(block.size),
            "firstRow": row(block.entries.first), "lastRow": row(block.entries.last),
            "columns": .array(columns),
        ])
    }
}
