internal import VectorDB

/// `search`: the nearest records.
enum SearchCommand {
    private static let vector = Option(
        "vector", .text("JSON"),
        help: "the query: [0.12, 0.5, …]; of bits 0 and 1, or their bytes as text in base64")
    private static let id = Option(
        "id", .text("ID"), help: "the query: this record's vector (the record itself is found too)")
    private static let row = Option(
        "row", .text("I"), help: "only this row of --queries, the first is 0")

    private static let within = Option(
        "within", .text("DISTANCE"),
        help: "all records at most so far away; with --count the nearest of them")
    private static let explain = Option(
        "explain", help: "say how the search went about it and what it took")

    static let command = Command(
        name: "search", summary: "find the nearest records",
        positionals: [.database],
        options: [
            vector, id, .queries, row, .count, within, .filter, .recall, .probes, .rerank, .exact,
            explain,
        ],
        rules: [
            .exactlyOne([vector.name, id.name, Option.queries.name]),
            .needs(row.name, Option.queries.name),
            .atMostOne([Option.recall.name, Option.probes.name, Option.exact.name]),
            .together([Option.probes.name, Option.rerank.name]),
        ],
        notes: [
            "Smaller distances are nearer: squared Euclidean distance, negated inner product, "
                + "one minus the cosine, or the number of bits that differ. If as many records "
                + "match, --count of them are found.",
            "Rows of --queries are searched for together, on all processors.",
            "JSON: {\"matches\":[{\"id\":…,\"distance\":…,\"attributes\":{…}}]}, nearest first; "
                + "one line for each row of --queries. Null attributes are left out; timestamps "
                + "are ISO 8601, locations {\"lat\":…,\"lon\":…}.",
            "With --explain each search runs once more. JSON: explanation, with plan, "
                + "estimatedMatches, listsProbed, listsSkipped, listCount, blocksScanned, "
                + "blocksSkipped, scanned, compared, microseconds.",
        ],
        example: "vdbtool search photos.vdb --id=17 --count=5 --where='taken >= 2024-05-01'",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let database = try Database.reading(arguments)
        let within = try distance(arguments, database.schema.metric)
        var query = Query(
            [], count: try arguments.count(or: within == nil ? 10 : 1_000_000),
            filter: try arguments.filter(database.schema), effort: try arguments.effort(),
            includesAttributes: true)
        query.within = within
        if arguments.has(.queries) {
            try searchFile(arguments, database, query, console)
        } else {
            query.vector = try queryVector(arguments, database)
            let matches = try search(database, query, input: .commandLine)
            try show(
                matches, try explanation(arguments, database, query, input: .commandLine),
                database.schema, console)
        }
        try database.finish()
        return .done
    }

    private static func distance(
        _ arguments: Arguments, _ metric: Metric
    ) throws(ToolFailure) -> Float? {
        guard let text = arguments.text(within) else { return nil }
        guard let distance = Float(text), !distance.isNaN else {
            throw .usage("option --within: \(text) is not a distance")
        }
        guard distance >= 0 || metric == .innerProduct else {
            throw .usage("option --within: \(text) is below 0, the least \(metric.name) distance")
        }
        return distance
    }

    private static func queryVector(
        _ arguments: Arguments, _ database: Database
    ) throws(ToolFailure) -> Vector {
        if let id = try arguments.id(id) {
            guard let record = try engine({ () throws(VectorDBError) in try database.get(id) })
            else {
                throw ToolFailure(.negative, "cannot search: no record has the id \(id)")
            }
            return record.vector
        }
        do throws(InvalidJSON) {
            let json = try JSON(Array((arguments.text(vector) ?? "").utf8))
            return .float32(try json.components(database.schema))
        } catch {
            throw .usage("option --vector: \(error.reason)")
        }
    }

    private static func searchFile(
        _ arguments: Arguments, _ database: Database, _ query: Query, _ console: Console
    ) throws(ToolFailure) {
        let path = arguments.text(.queries) ?? ""
        var reader = try VectorFormat.open(path, schema: database.schema)
        let row = try arguments.integer(row, in: 0...Int.max)
        if let row {
            let skipped = try reader.skip(row)
            guard skipped == row else { throw noRow(row, path, skipped) }
        }
        var query = query
        var number = row ?? 0
        while let batch = try reader.next(row == nil ? 256 : 1) {
            let queries = (0..<batch.rowCount).map { index in
                query.vector = batch.vectors.rows(at: [index], dimension: reader.dimension)
                return query
            }
            let answers = try? database.search(queries)
            for index in 0..<batch.rowCount {
                // If one of them cannot be searched for, those before it still are.
                let matches =
                    if let answers {
                        answers[index]
                    } else {
                        try search(database, queries[index], input: .file)
                    }
                if !console.printsJSON, row == nil {
                    if number > 0 { try console.print("") }
                    try console.print("query \(number)")
                }
                try show(
                    matches,
                    try explanation(arguments, database, queries[index], input: .file),
                    database.schema, console)
                number += 1
            }
            if row != nil { return }
        }
        if let row { throw noRow(row, path, row) }
    }

    private static func noRow(_ row: Int, _ path: String, _ count: Int) -> ToolFailure {
        .usage("cannot search: there is no row \(row) in \(path), it has \(count)")
    }

    private static func search(
        _ database: Database, _ query: Query, input: ToolFailure.Origin
    ) throws(ToolFailure) -> [Match] {
        try engine(input: input) { () throws(VectorDBError) in try database.search(query) }
    }

    private static func explanation(
        _ arguments: Arguments, _ database: Database, _ query: Query, input: ToolFailure.Origin
    ) throws(ToolFailure) -> Explanation? {
        guard arguments.has(explain) else { return nil }
        return try engine(input: input) { () throws(VectorDBError) in
            try database.explain(query)
        }
    }

    private static func show(
        _ matches: [Match], _ explanation: Explanation?, _ schema: Schema, _ console: Console
    ) throws(ToolFailure) {
        if console.printsJSON {
            let found = matches.map { match in
                JSON.members([
                    "id": .unsigned(match.id), "distance": .float(match.distance),
                    "attributes": JSON(match.attributes, schema),
                ])
            }
            guard let explanation else {
                return try console.print(JSON.members(["matches": .array(found)]).text)
            }
            return try console.print(
                JSON.members(["matches": .array(found), "explanation": JSON(explanation)]).text)
        }
        if matches.isEmpty { try console.print("no record matches") }
        var table = TextTable(
            header: ["id", "distance"] + schema.attributes.map(\.name),
            alignments: [.right, .right] + schema.attributes.map(\.type.alignment))
        for match in matches {
            table.add(
                [String(match.id), match.distance.description]
                    + schema.attributes.map { match.attributes[$0.name]?.text ?? "" })
        }
        for line in table.lines where !matches.isEmpty { try console.print(line) }
        if let explanation { try console.print("\n" + explanation.description) }
    }
}

extension JSON {
    fileprivate init(_ explanation: Explanation) {
        self = .members([
            "plan": .string(explanation.plan.rawValue),
            "estimatedMatches": explanation.estimatedMatches.map { .count($0) } ?? .null,
            "listsProbed": .count(explanation.listsProbed),
            "listsSkipped": .count(explanation.listsSkipped),
            "listCount": .count(explanation.listCount),
            "blocksScanned": .count(explanation.blocksScanned),
            "blocksSkipped": .count(explanation.blocksSkipped),
            "scanned": .count(explanation.scanned),
            "compared": .count(explanation.compared),
            "microseconds": .measured(explanation.microseconds, places: 1),
        ])
    }
}

extension AttributeType {
    /// How a column of such values is set.
    var alignment: TextTable.Alignment {
        switch self {
        case .integer, .real: .right
        case .timestamp, .location, .keyword, .boolean: .left
        }
    }
}
