internal import VectorDB

/// Reads a file of vectors from beginning to end, a batch at a time.
///
/// Contents that are wrong end the reading with an error that says where, after all rows before
/// it have been handed out.
protocol VectorReader {
    /// As it was given, for messages.
    var path: String { get }
    /// The type in which the batches are.
    var element: ElementType { get }
    /// Components per vector.
    var dimension: Int { get }
    /// Rows in the file, if that is known before reading to the end.
    var count: Int? { get }

    /// Leaves out rows and returns how many there were, fewer than `count` only at the end.
    mutating func skip(_ count: Int) throws(ToolFailure) -> Int

    /// The next rows: at least one and at most `count`, or nil at the end. Of a stream, those that
    /// are there already.
    mutating func next(_ count: Int) throws(ToolFailure) -> VectorBatch?
}

/// Rows of a file of vectors.
struct VectorBatch {
    var rowCount: Int
    /// Row after row.
    var vectors: Vector
    /// One per row, if the file has them.
    var ids: [UInt64]?
    /// By name, one per row, if the file has them.
    var attributes: [String: [AttributeValue]]?
    /// One per row, or empty if the file has none.
    var payloads: [[UInt8]?] = []
    /// By row, values of attributes that could not be read and are null here.
    var badValues: [Int: [BadValue]] = [:]
}

extension Vector {
    /// The vectors at these rows, which ascend.
    func rows(at rows: [Int], dimension: Int) -> Vector {
        func gathered<Component>(_ values: [Component], _ size: Int) -> [Component] {
            var kept: [Component] = []
            kept.reserveCapacity(rows.count * size)
            for row in rows { kept += values[row * size..<(row + 1) * size] }
            return kept
        }
        return switch self {
        case .float32(let values): .float32(gathered(values, dimension))
        case .float16(let values): .float16(gathered(values, dimension))
        case .int8(let values): .int8(gathered(values, dimension))
        case .uint8(let values): .uint8(gathered(values, dimension))
        case .bit(let bytes, _):
            .bit(
                gathered(bytes, ElementType.bit.vectorSize(dimension: dimension)),
                dimension: dimension)
        }
    }
}
