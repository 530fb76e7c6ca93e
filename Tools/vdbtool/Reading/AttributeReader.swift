internal import VectorDB

/// Reads a file with the attributes of one record after the other.
protocol AttributeReader {
    /// As it was given, for messages.
    var path: String { get }

    /// Leaves out rows and returns how many there were, fewer than `count` only at the end.
    mutating func skip(_ count: Int) throws(ToolFailure) -> Int

    /// The next row, or nil at the end. Attributes that are not named are null, as are those of
    /// `badValues`.
    mutating func next() throws(ToolFailure) -> [String: AttributeValue]?

    /// Values of the row taken last that could not be read; they end the reading unless the
    /// reader was told to go on.
    var badValues: [BadValue] { get }

    /// Goes to the end and returns how many rows there were. Empty lines at the end are none.
    mutating func countRest() throws(ToolFailure) -> Int
}

/// Opens a file of attributes: JSON lines if its name says so, CSV otherwise.
///
/// - Parameters:
///   - ignoresUnknown: whether names that the schema does not know are passed over instead of
///     being an error.
///   - toleratesBadValues: whether values that cannot be read are collected instead of being an
///     error.
func openAttributes(
    _ path: String, schema: Schema, ignoresUnknown: Bool, toleratesBadValues: Bool = false
) throws(ToolFailure) -> any AttributeReader {
    let source = try ByteSource(opening: path)
    if VectorFormat(fileName: path) == .jsonl {
        return JSONLinesAttributes(
            source, schema, ignoresUnknown: ignoresUnknown, toleratesBadValues: toleratesBadValues)
    }
    return try CSVAttributes(
        source, schema, ignoresUnknown: ignoresUnknown, toleratesBadValues: toleratesBadValues)
}
