/// The lines of a text file, without the byte-order mark at its start and the empty lines at its
/// end.
struct LineReader {
    let source: ByteSource
    /// The number of the line that was taken last; the first is 1.
    private(set) var number = 0
    /// Empty lines that are still to be handed out, since `held` comes after them.
    private var emptyCount = 0
    private var held: [UInt8]?

    /// With this some programs begin UTF-8.
    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// Longer lines are refused, so that no file fills the memory.
    private static let maximumSize = 1 << 26

    init(_ source: ByteSource) { self.source = source }

    /// Whether the next line can be taken without waiting for more of a stream.
    func isReady() throws(ToolFailure) -> Bool {
        if emptyCount > 0 || held != nil { return true }
        return try source.hasLine()
    }

    /// The next line without its end, or nil after the last.
    mutating func next() throws(ToolFailure) -> [UInt8]? {
        number += 1
        if emptyCount > 0 {
            emptyCount -= 1
            return []
        }
        if let line = held {
            held = nil
            return line
        }
        guard let line = try read() else { return nil }
        if !line.isEmpty { return line }
        while let line = try read() {
            guard line.isEmpty else {
                held = line
                return []
            }
            emptyCount += 1
        }
        emptyCount = 0
        return nil
    }

    private mutating func read() throws(ToolFailure) -> [UInt8]? {
        let isFirst = source.offset == 0
        guard var line = try source.read(through: UInt8(ascii: "\n"), limit: Self.maximumSize)
        else { return nil }
        guard line.count <= Self.maximumSize else {
            throw failure("it is longer than \(Self.maximumSize) bytes")
        }
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if isFirst, line.starts(with: Self.byteOrderMark) { line.removeFirst(3) }
        return line
    }

    /// The values with the line that was taken last.
    func located(_ values: [BadValue]) -> [BadValue] {
        values.map { value in
            var value = value
            value.line = number
            return value
        }
    }

    /// The failure of the line that was taken last.
    func failure(_ reason: String) -> ToolFailure {
        .badInput("cannot read \(source.path): line \(number): \(reason)")
    }
}
