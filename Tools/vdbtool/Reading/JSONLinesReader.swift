internal import VectorDB

/// `jsonl`: a JSON value on every line, either the vector `[0.5, …]`, or an object with `vector`
/// and maybe `id`, `attributes` and `payload`, as `get --json` prints it. Vectors of bits are
/// arrays of 0 and 1, or their bytes in base64.
struct JSONLinesReader: VectorReader {
    private var lines: LineReader
    private let schema: Schema
    /// The first line, taken to know the dimension and whether there are ids.
    private var pending: Row?
    private let hasIDs: Bool
    private let hasAttributes: Bool
    private let toleratesBadValues: Bool
    private var failure: ToolFailure?
    let dimension: Int
    let element = ElementType.float32
    let count: Int? = nil

    private struct Row {
        let vector: [Float]
        let id: UInt64?
        let attributes: [String: AttributeValue]?
        let payload: [UInt8]?
        let badValues: [BadValue]
    }

    /// - Parameter toleratesBadValues: whether values of attributes that cannot be read are
    ///   collected instead of being an error.
    init(
        _ source: ByteSource, _ schema: Schema, toleratesBadValues: Bool = false
    ) throws(ToolFailure) {
        var lines = LineReader(source)
        self.toleratesBadValues = toleratesBadValues
        guard let first = try Self.row(&lines, schema, toleratesBadValues) else {
            throw source.failure("no vector is in the file; it ends")
        }
        self.lines = lines
        self.schema = schema
        pending = first
        dimension = first.vector.count
        hasIDs = first.id != nil
        hasAttributes = first.attributes != nil
    }

    var path: String { lines.source.path }

    mutating func skip(_ count: Int) throws(ToolFailure) -> Int {
        var skipped = 0
        while skipped < count {
            if pending != nil {
                pending = nil
            } else if try lines.next() == nil {
                break
            }
            skipped += 1
        }
        return skipped
    }

    mutating func next(_ count: Int) throws(ToolFailure) -> VectorBatch? {
        if let failure { throw failure }
        var rows: [Row] = []
        do throws(ToolFailure) {
            while rows.count < count, let row = try nextRow() {
                rows.append(row)
                if try !lines.isReady() { break }
            }
        } catch {
            failure = error
            if rows.isEmpty { throw error }
        }
        guard !rows.isEmpty else { return nil }
        var columns: [String: [AttributeValue]] = [:]
        for attribute in schema.attributes {
            columns[attribute.name] = rows.map { $0.attributes?[attribute.name] ?? .null }
        }
        return VectorBatch(
            rowCount: rows.count, vectors: .float32(rows.flatMap(\.vector)),
            ids: hasIDs ? rows.compactMap(\.id) : nil,
            attributes: hasAttributes ? columns : nil,
            payloads: rows.contains { $0.payload != nil } ? rows.map(\.payload) : [],
            badValues: Dictionary(
                uniqueKeysWithValues: rows.enumerated().compactMap { index, row in
                    row.badValues.isEmpty ? nil : (index, row.badValues)
                }))
    }

    private mutating func nextRow() throws(ToolFailure) -> Row? {
        if let row = pending {
            pending = nil
            return row
        }
        guard let row = try Self.row(&lines, schema, toleratesBadValues) else { return nil }
        guard row.vector.count == dimension else {
            throw lines.failure("\(row.vector.count) components, the lines before \(dimension)")
        }
        guard (row.id != nil) == hasIDs, (row.attributes != nil) == hasAttributes else {
            throw lines.failure("id and attributes must be in all lines, or in none")
        }
        return row
    }

    private static func row(
        _ lines: inout LineReader, _ schema: Schema, _ toleratesBadValues: Bool
    ) throws(ToolFailure) -> Row? {
        guard let line = try lines.next() else { return nil }
        do throws(InvalidJSON) {
            var bad: [BadValue] = []
            let value = try JSON(line)
            if case .object(let members) = value {
                let known = ["vector", "id", "attributes", "payload", "distance"]
                if let other = members.first(where: { !known.contains($0.name) }) {
                    throw InvalidJSON("unknown member \(quoted(other.name))")
                }
            }
            let id: UInt64? =
                if let id = value["id"] { try id.unsigned("id") } else { nil }
            let attributes: [String: AttributeValue]? =
                if let given = value["attributes"] {
                    try given.attributes(
                        schema, tolerating: toleratesBadValues ? { bad.append($0) } : nil)
                } else { nil }
            return Row(
                vector: try (value["vector"] ?? value).components(schema), id: id,
                attributes: attributes, payload: try value["payload"]?.payload(),
                badValues: lines.located(bad))
        } catch {
            throw lines.failure(error.reason)
        }
    }
}
