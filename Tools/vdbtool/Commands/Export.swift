internal import VectorDB

/// One run of `export`: takes records and puts them into one file or several.
struct Export {
    private let schema: Schema
    private let format: VectorFormat
    private let vectors: ByteSink
    private let attributes: ByteSink?
    private let ids: ByteSink?
    /// Records written.
    private(set) var count = 0

    /// Begins the files.
    init(
        _ schema: Schema, _ format: VectorFormat, to path: String, attributes: String?,
        ids: String?
    ) throws(ToolFailure) {
        self.schema = schema
        self.format = format
        vectors = try ByteSink(creating: path)
        self.attributes = if let attributes { try ByteSink(creating: attributes) } else { nil }
        self.ids = if let ids { try ByteSink(creating: ids) } else { nil }
    }

    private var sinks: [ByteSink] { [vectors] + [attributes, ids].compactMap { $0 } }

    /// Bytes written.
    var size: Int { sinks.reduce(0) { $0 + $1.size } }

    /// How many records a walk will give.
    static func count(_ records: Records) throws(ToolFailure) -> Int {
        var rest = records
        var count = 0
        while Interruption.requested == nil, try next(&rest) != nil { count += 1 }
        return count
    }

    /// Writes all records and gives the files their names; nothing if asked to stop.
    mutating func run(
        _ records: Records, count total: Int?, _ progress: Progress
    ) throws(ToolFailure) {
        defer { progress.finish() }
        var rest = records
        var writer = try format.writer(vectors, schema, count: total)
        var attributeWriter: AttributeWriter? =
            if let attributes { try AttributeWriter(attributes, schema) } else { nil }
        while Interruption.requested == nil, let record = try Self.next(&rest) {
            try writer.write(record)
            try attributeWriter?.write(record)
            try ids?.write("\(record.id)\n")
            count += 1
            progress.report(count)
        }
        guard Interruption.requested == nil else { return abandon() }
        for sink in sinks { try sink.finish() }
    }

    /// Leaves nothing of the files.
    func abandon() { for sink in sinks { sink.abandon() } }

    private static func next(_ records: inout Records) throws(ToolFailure) -> Record? {
        var rest = records
        defer { records = rest }
        return try engine { () throws(VectorDBError) in try rest.next() }
    }
}
