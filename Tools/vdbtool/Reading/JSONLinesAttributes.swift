internal import VectorDB

/// Attributes as a JSON object on every line, by name.
struct JSONLinesAttributes: AttributeReader {
    private var lines: LineReader
    private let schema: Schema
    private let ignoresUnknown: Bool
    private let toleratesBadValues: Bool
    private(set) var badValues: [BadValue] = []

    init(
        _ source: ByteSource, _ schema: Schema, ignoresUnknown: Bool, toleratesBadValues: Bool
    ) {
        self.toleratesBadValues = toleratesBadValues
        lines = LineReader(source)
        self.schema = schema
        self.ignoresUnknown = ignoresUnknown
    }

    var path: String { lines.source.path }

    mutating func skip(_ count: Int) throws(ToolFailure) -> Int {
        var skipped = 0
        while skipped < count, try lines.next() != nil { skipped += 1 }
        return skipped
    }

    mutating func next() throws(ToolFailure) -> [String: AttributeValue]? {
        guard let line = try lines.next() else { return nil }
        do throws(InvalidJSON) {
            var value = try JSON(line)
            if ignoresUnknown, case .object(let members) = value {
                value = .object(members.filter { schema.attribute(named: $0.name) != nil })
            }
            var bad: [BadValue] = []
            let values = try value.attributes(
                schema, tolerating: toleratesBadValues ? { bad.append($0) } : nil)
            badValues = lines.located(bad)
            return values
        } catch {
            throw lines.failure(error.reason)
        }
    }

    mutating func countRest() throws(ToolFailure) -> Int { try skip(.max) }
}
