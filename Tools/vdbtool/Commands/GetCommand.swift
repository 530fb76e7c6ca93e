internal import VectorDB

/// `get`: single records.
enum GetCommand {
    static let command = Command(
        name: "get", summary: "print records",
        positionals: [.database, .ids],
        notes: [
            "JSON: one line for each record, in the order of the ids: id, vector, attributes, and "
                + "payload in base64 if there is one. "
                + "The exit code is 1 if a record is not there; the others are printed."
        ],
        example: "vdbtool get photos.vdb 17 18 --json",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let ids = try arguments.ids(from: 1)
        let database = try Database.reading(arguments)
        var missing: [UInt64] = []
        for id in ids {
            let found = try engine { () throws(VectorDBError) in try database.get(id) }
            guard let record = found else {
                missing.append(id)
                continue
            }
            try show(record, database.schema, console)
        }
        try database.finish()
        guard !missing.isEmpty else { return .done }
        let list = missing.map(String.init).joined(separator: ", ")
        throw ToolFailure(.negative, "cannot get \(list): there is no such record")
    }

    private static func show(
        _ record: Record, _ schema: Schema, _ console: Console
    ) throws(ToolFailure) {
        if console.printsJSON {
            return try console.print(JSON(record, schema).text)
        }
        var table = TextTable(alignments: [.left, .left])
        table.add(["id", String(record.id)])
        for attribute in schema.attributes {
            table.add([attribute.name, record.attributes[attribute.name]?.text ?? ""])
        }
        table.add(["vector", JSON(record.vector).text])
        if let payload = record.payload { table.add(["payload", "\(payload.count) bytes"]) }
        for line in table.lines { try console.print(line) }
    }
}

extension JSON {
    /// All of a record, as `import` reads it.
    init(_ record: Record, _ schema: Schema) {
        var members: [Member] = [
            Member(name: "id", value: .unsigned(record.id)),
            Member(name: "vector", value: JSON(record.vector)),
            Member(name: "attributes", value: JSON(record.attributes, schema)),
        ]
        if let payload = record.payload {
            members.append(Member(name: "payload", value: .string(Base64.encode(payload))))
        }
        self = .object(members)
    }
}

extension Positional {
    static let ids = Positional(
        name: "ID", help: "ids of records", completion: .none, isRepeatable: true)
}
