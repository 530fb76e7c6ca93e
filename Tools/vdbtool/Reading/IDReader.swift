/// Reads ids: a whole number on each line, or an npy array of uint64 or int64.
struct IDReader {
    private enum Form {
        case lines
        /// So many are left.
        case array(Int, isSigned: Bool)
    }

    private var lines: LineReader
    private var form: Form

    init(opening path: String) throws(ToolFailure) {
        let source = try ByteSource(opening: path)
        lines = LineReader(source)
        form = .lines
        guard try source.peek(6) == Numpy.magic else { return }
        let header = try Numpy.header(source)
        guard header.shape.count == 1, ["<u8", "<i8"].contains(header.type) else {
            throw source.failure(
                "the array is of shape \(header.shape) and type \(quoted(header.type)), ids are of "
                    + "one dimension and uint64 or int64; the header ends")
        }
        form = .array(header.shape[0], isSigned: header.type == "<i8")
    }

    var path: String { lines.source.path }

    /// Leaves out ids and returns how many there were, fewer than `count` only at the end.
    mutating func skip(_ count: Int) throws(ToolFailure) -> Int {
        var skipped = 0
        while skipped < count, try next() != nil { skipped += 1 }
        return skipped
    }

    /// Goes to the end and returns how many ids there were.
    mutating func countRest() throws(ToolFailure) -> Int {
        guard case .lines = form else { return try skip(.max) }
        var count = 0
        while try lines.next() != nil { count += 1 }
        return count
    }

    /// The next id, or nil at the end.
    mutating func next() throws(ToolFailure) -> UInt64? {
        switch form {
        case .lines:
            guard let line = try lines.next() else { return nil }
            let text = String(decoding: line, as: UTF8.self)
            guard let id = UInt64(text) else {
                throw lines.failure("\(quoted(text)) is not a whole number from 0")
            }
            return id
        case .array(let left, let isSigned):
            guard left > 0 else { return nil }
            let bytes = try lines.source.read(8)
            guard bytes.count == 8 else {
                throw lines.source.failure("the file ends, and \(left) ids are missing,")
            }
            form = .array(left - 1, isSigned: isSigned)
            let id = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard !isSigned || id <= UInt64(Int64.max) else {
                throw lines.source.failure(
                    "the id \(Int64(bitPattern: id)) is negative", at: lines.source.offset - 8)
            }
            return id
        }
    }
}
