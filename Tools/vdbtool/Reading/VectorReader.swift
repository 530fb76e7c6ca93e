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

    /// The next rows: at least one and at most `count`, or nil at the end.
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
}

extension Vector {
    private func bits(_ bytes: [UInt8], _ range: Range<Int>, _ dimension: Int) -> [UInt8] {
        let size = ElementType.bit.vectorSize(dimension: dimension)
        return Array(bytes[range.lowerBound * size..<range.upperBound * size])
    }

    /// Some of several vectors that lie one after the other.
    func rows(_ range: Range<Int>, dimension: Int) -> Vector {
        let part = range.lowerBound * dimension..<range.upperBound * dimension
        guard part != 0..<count else { return self }
        return switch self {
        case .float32(let values): .float32(Array(values[part]))
        case .float16(let values): .float16(Array(values[part]))
        case .int8(let values): .int8(Array(values[part]))
        case .uint8(let values): .uint8(Array(values[part]))
        case .bit(let bytes, _): .bit(bits(bytes, range, dimension), dimension: dimension)
        }
    }
}
