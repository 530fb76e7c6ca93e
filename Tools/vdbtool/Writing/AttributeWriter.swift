internal import VectorDB

/// Writes the attributes of records, a line for each: JSON if the file's name says so, CSV
/// otherwise. `import --attributes` reads both.
struct AttributeWriter {
    private let sink: ByteSink
    private let schema: Schema
    private let isJSON: Bool

    /// Begins the file; CSV has the names of the columns in its first row.
    init(_ sink: ByteSink, _ schema: Schema) throws(ToolFailure) {
        self.sink = sink
        self.schema = schema
        isJSON = VectorFormat(fileName: sink.path) == .jsonl
        guard !isJSON else { return }
        let names = schema.attributes.flatMap { attribute in
            attribute.type == .location
                ? ["\(attribute.name).lat", "\(attribute.name).lon"] : [attribute.name]
        }
        try sink.write(names.joined(separator: ",") + "\n")
    }

    mutating func write(_ record: Record) throws(ToolFailure) {
        guard !isJSON else {
            return try sink.write(JSON(record.attributes, schema).text + "\n")
        }
        let fields = schema.attributes.map { attribute in
            switch record.attributes[attribute.name] {
            case nil, .null: attribute.type == .location ? "," : ""
            // Its text has the comma that parts the two columns.
            case .location(let location): AttributeValue.location(location).text
            case .keyword(let text): Self.field(text)
            case .some(let value): value.text
            }
        }
        try sink.write(fields.joined(separator: ",") + "\n")
    }

    /// A keyword, in quotation marks where it would be misread without; `""` is the empty one.
    private static func field(_ text: String) -> String {
        let special: Set<UInt8> = [0x22, 0x2C, 0x0A, 0x0D]
        guard text.isEmpty || text.utf8.contains(where: special.contains) else { return text }
        return "\""
            + text.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}
