internal import VectorDB

/// `create`: an empty database.
enum CreateCommand {
    private static let dimension = Option(
        "dimension", .text("N"), isRequired: true, help: "components per vector, 1…65536")
    static let element = Option(
        "element", .choice(ElementType.allCases.map(\.name)),
        help: "type in which components are stored (default float32)")
    static let metric = Option(
        "metric", .choice(Metric.allCases.map(\.name)),
        help: "how distances are measured (default euclidean: squared; hamming of bits)")
    static let attribute = Option(
        "attribute", .text("NAME:TYPE"), isRepeatable: true,
        help: "an attribute that records may have; TYPE is "
            + AttributeType.allCases.map(\.name).joined(separator: ", "))

    static let command = Command(
        name: "create", summary: "make an empty database",
        positionals: [Positional(name: "DB", help: "the directory to make")],
        options: [dimension, element, metric, attribute],
        notes: ["JSON: path and schema, as info prints it."],
        example: "vdbtool create photos.vdb --dimension=512 --metric=cosine "
            + "--attribute=taken:timestamp --attribute=place:location",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let schema = try schema(arguments)
        let path = arguments.databasePath
        do {
            try Database.create(at: path, schema: schema).close()
        } catch {
            let failure = ToolFailure(error)
            // What cannot be written cannot be created.
            throw failure.code == .readWriteError
                ? ToolFailure(.cannotCreate, failure.message) : failure
        }
        if console.printsJSON {
            try console.print(JSON.members(["path": .string(path), "schema": JSON(schema)]).text)
        } else {
            try console.print("created \(path)")
        }
        return .done
    }

    /// The schema that the options say.
    static func schema(_ arguments: Arguments) throws(ToolFailure) -> Schema {
        var attributes: [Attribute] = []
        for text in arguments.texts(attribute) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let type = AttributeType(name: String(parts[1])) else {
                throw .usage(
                    "option --attribute is \(quoted(text)), not NAME:TYPE with TYPE one of "
                        + AttributeType.allCases.map(\.name).joined(separator: ", "))
            }
            attributes.append(Attribute(name: String(parts[0]), type: type))
        }
        let dimension = try arguments.integer(dimension, in: 1...65_536) ?? 1
        let element = try arguments.choice(element) { ElementType(name: $0) } ?? .float32
        let metric =
            try arguments.choice(metric) { Metric(name: $0) }
            ?? (element == .bit ? .hamming : .euclidean)
        do {
            return try Schema(
                dimension: dimension, element: element, metric: metric, attributes: attributes)
        } catch {
            throw .usage("\(error)")
        }
    }
}

extension JSON {
    /// A schema, as `create` and `info` print it.
    init(_ schema: Schema) {
        let attributes = schema.attributes.map { attribute in
            JSON.members([
                "name": .string(attribute.name), "type": .string(attribute.type.name),
            ])
        }
        self = .members([
            "dimension": .count(schema.dimension), "element": .string(schema.element.name),
            "metric": .string(schema.metric.name), "attributes": .array(attributes),
        ])
    }
}
