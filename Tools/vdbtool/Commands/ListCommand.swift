internal import VectorDB

/// `list`: the entries of one list.
enum ListCommand {
    private static let limit = Option("limit", .text("N"), help: "show at most N entries")

    static let command = Command(
        name: "list", summary: "show the entries of a list",
        positionals: [.database, .list],
        options: [limit],
        notes: [
            "row: the record's version, in the order of arrival. alive: no if the record was "
                + "deleted or replaced; a search passes it over. alpha, beta: the scale and the "
                + "offset of the estimated distance. code: one byte for each subspace, in "
                + "hexadecimal; which codeword of the codebook stands for that part of the "
                + "vector's difference to the centroid. The attributes are the copies beside the "
                + "codes.",
            "Works beside a writer. The exit code is 1 if there is no such list.",
            "JSON: a line for each entry: block, row, id, live, alpha, beta, code, attributes.",
        ],
        example: "vdbtool list photos.vdb 17 --limit=20",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let number = try arguments.number(at: 1, named: "N")
        var rest = try arguments.integer(limit, in: 0...Int.max) ?? .max
        let database = try Database.reading(arguments)
        let schema = database.schema
        var failure: ToolFailure?
        var isFirst = true
        try engine { () throws(VectorDBError) in
            try database.forEachBlock(ofList: number) { block in
                guard rest > 0 else { return false }
                let entries = Array(block.entries.prefix(rest))
                rest -= entries.count
                do throws(ToolFailure) {
                    if !isFirst, !console.printsJSON { try console.print("") }
                    isFirst = false
                    try show(entries, of: block, schema, console)
                } catch {
                    failure = error
                }
                return failure == nil
            }
        }
        if let failure { throw failure }
        try database.finish()
        if isFirst, !console.printsJSON { try console.print("list \(number) is empty") }
        return .done
    }

    private static func show(
        _ entries: [ListBlockContents.Entry], of block: ListBlockContents, _ schema: Schema,
        _ console: Console
    ) throws(ToolFailure) {
        if console.printsJSON {
            for entry in entries { try console.print(JSON(entry, block.index, schema).text) }
            return
        }
        try console.print("block \(block.index), \(block.entries.count) entries")
        var table = TextTable(
            header: ["row", "id", "alive", "alpha", "beta", "code"]
                + schema.attributes.map(\.name),
            alignments: [.right, .right, .left, .right, .right, .left]
                + schema.attributes.map(\.type.alignment))
        for entry in entries {
            table.add(
                [
                    String(entry.row), String(entry.id), entry.isLive ? "yes" : "no",
                    entry.alpha.description, entry.beta.description, hexadecimal(entry.code),
                ] + schema.attributes.map { entry.attributes[$0.name]?.text ?? "" })
        }
        for line in table.lines { try console.print(line) }
    }
}

extension JSON {
    fileprivate init(_ entry: ListBlockContents.Entry, _ block: Int, _ schema: Schema) {
        self = .members([
            "block": .count(block), "row": .unsigned(UInt64(entry.row)),
            "id": .unsigned(entry.id), "live": .bool(entry.isLive),
            "alpha": .float(entry.alpha), "beta": .float(entry.beta),
            "code": .string(hexadecimal(entry.code)),
            "attributes": JSON(entry.attributes, schema),
        ])
    }
}

extension Positional {
    static let list = Positional(
        name: "N", help: "the list's number, as vdbtool lists shows it", completion: .none)
}

/// Two digits for each byte.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
