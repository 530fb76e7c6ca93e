/// The lines of a text file.
struct LineReader {
    let source: ByteSource
    /// The number of the line that was taken last; the first is 1.
    private(set) var number = 0

    /// Longer lines are refused, so that no file fills the memory.
    private static let maximumSize = 1 << 26

    init(_ source: ByteSource) { self.source = source }

    /// The next line without its end, or nil after the last.
    mutating func next() throws(ToolFailure) -> [UInt8]? {
        guard var line = try source.read(through: UInt8(ascii: "\n"), limit: Self.maximumSize)
        else { return nil }
        number += 1
        guard line.count <= Self.maximumSize else {
            throw failure("it is longer than \(Self.maximumSize) bytes")
        }
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    /// The failure of the line that was taken last.
    func failure(_ reason: String) -> ToolFailure {
        .badInput("cannot read \(source.path): line \(number): \(reason)")
    }
}
