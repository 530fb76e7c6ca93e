internal import VectorDB

/// Attributes as CSV: the first row names the columns; a location `NAME` takes two, `NAME.lat` and
/// `NAME.lon`. An empty cell is null, except for a quoted one (`""`), which is the empty keyword.
struct CSVAttributes: AttributeReader {
    private var records: CSVReader
    private let columnCount: Int
    private let columns: [Column]
    private let toleratesBadValues: Bool
    private(set) var badValues: [BadValue] = []
    /// Empty lines at the end that were taken as rows.
    private var emptyRowCount = 0

    /// An attribute and the column, or the two, where it is.
    private struct Column {
        let attribute: Attribute
        let index: Int
        /// Where a location's longitude is.
        var longitudeIndex: Int?
    }

    init(
        _ source: ByteSource, _ schema: Schema, ignoresUnknown: Bool,
        toleratesBadValues: Bool = false
    ) throws(ToolFailure) {
        self.toleratesBadValues = toleratesBadValues
        records = try CSVReader(source)
        guard let header = try records.next()?.map(\.text) else {
            throw .badInput("cannot read \(source.path): there is no header, the file is empty")
        }
        columnCount = header.count
        var columns: [Column] = []
        var known: Set<String> = []
        for attribute in schema.attributes {
            let isLocation = attribute.type == .location
            let names =
                isLocation ? ["\(attribute.name).lat", "\(attribute.name).lon"] : [attribute.name]
            known.formUnion(names)
            let found = names.compactMap { name in header.firstIndex(of: name) }
            guard !found.isEmpty else { continue }
            guard found.count == names.count else {
                throw records.failure(
                    "of the columns \(names[0]) and \(names[1]) only one is there")
            }
            columns.append(
                Column(
                    attribute: attribute, index: found[0],
                    longitudeIndex: isLocation ? found[1] : nil))
        }
        for (index, name) in header.enumerated() {
            if header[..<index].contains(name) {
                throw records.failure("two columns are called \(quoted(name))")
            }
            if !known.contains(name), !ignoresUnknown {
                let isLocation = schema.attribute(named: name)?.type == .location
                throw records.failure(
                    isLocation
                        ? "a location takes two columns, \(name).lat and \(name).lon"
                        : schema.unknown(name) + " (--ignore-unknown-attributes passes them over)")
            }
        }
        self.columns = columns
    }

    var path: String { records.source.path }

    mutating func skip(_ count: Int) throws(ToolFailure) -> Int {
        var skipped = 0
        while skipped < count, try nextFields() != nil { skipped += 1 }
        return skipped
    }

    mutating func countRest() throws(ToolFailure) -> Int {
        var count = 0
        while try records.next() != nil { count += 1 }
        return count
    }

    /// The next record. In a file of one column an empty line is a row of null, also at the end:
    /// as many are taken as are asked for, and `countRest` passes over the others.
    private mutating func nextFields() throws(ToolFailure) -> [CSVReader.Field]? {
        if let fields = try records.next() { return fields }
        guard columnCount == 1, emptyRowCount < records.trailingEmptyCount else { return nil }
        emptyRowCount += 1
        return [CSVReader.Field(text: "", isQuoted: false)]
    }

    mutating func next() throws(ToolFailure) -> [String: AttributeValue]? {
        guard let fields = try nextFields() else { return nil }
        guard fields.count == columnCount else {
            throw records.failure("\(fields.count) fields, the header has \(columnCount)")
        }
        var values: [String: AttributeValue] = [:]
        badValues = []
        for column in columns {
            do throws(BadValue) {
                values[column.attribute.name] = try value(column, fields)
            } catch {
                guard toleratesBadValues else {
                    throw records.failure("column \(error.attribute): \(error.reason)")
                }
                var bad = error
                bad.line = records.line
                badValues.append(bad)
                values[error.attribute] = .null
            }
        }
        return values
    }

    private func value(
        _ column: Column, _ fields: [CSVReader.Field]
    ) throws(BadValue) -> AttributeValue {
        let name = column.attribute.name
        let field = fields[column.index]
        var text = field.text
        if let longitudeIndex = column.longitudeIndex {
            let longitude = fields[longitudeIndex].text
            if text.isEmpty != longitude.isEmpty {
                throw BadValue(
                    attribute: name, value: text + "," + longitude,
                    reason: "of the columns \(name).lat and \(name).lon only one has a value")
            }
            if !text.isEmpty { text += "," + longitude }
        }
        if text.isEmpty, !(field.isQuoted && column.attribute.type == .keyword) { return .null }
        do {
            return try AttributeValue(text: text, type: column.attribute.type).fitting()
        } catch {
            throw BadValue(attribute: name, value: text, reason: "\(error)")
        }
    }
}
