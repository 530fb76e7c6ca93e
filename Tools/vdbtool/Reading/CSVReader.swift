/// The records of a CSV file (RFC 4180): commas, quotation marks, any line ends, UTF-8.
struct CSVReader {
    struct Field: Hashable {
        let text: String
        /// `""` is an empty text, nothing at all is no value.
        let isQuoted: Bool
    }

    let source: ByteSource
    /// The line on which the record that was taken last begins; the first is 1.
    private(set) var line = 0
    private var nextLine = 1
    /// Empty lines that were read ahead.
    private var emptyCount = 0
    /// Empty lines after the last record, known once `next` has returned nil.
    var trailingEmptyCount: Int { emptyCount }
    /// Those of the field that is being read, in memory that is used again.
    private var bytes: [UInt8] = []

    private static let maximumFieldSize = 1 << 24

    init(_ source: ByteSource) throws(ToolFailure) {
        self.source = source
        if try source.peek(3) == LineReader.byteOrderMark { _ = try source.skip(3) }
    }

    /// The next record, or nil after the last. Empty lines at the end are no records, others are
    /// one of a single empty field.
    mutating func next() throws(ToolFailure) -> [Field]? {
        if emptyCount == 0 { try takeEmptyLines() }
        guard try source.peek() != nil else { return nil }
        line = nextLine
        if emptyCount > 0 {
            emptyCount -= 1
            nextLine += 1
            return [Field(text: "", isQuoted: false)]
        }
        var fields: [Field] = []
        while true {
            let (field, end) = try field()
            fields.append(field)
            if end != UInt8(ascii: ",") { return fields }
        }
    }

    /// The failure of the record that was taken last.
    func failure(_ reason: String) -> ToolFailure {
        .badInput("cannot read \(source.path): line \(line): \(reason)")
    }

    private mutating func takeEmptyLines() throws(ToolFailure) {
        while let first = try source.peek() {
            if first == UInt8(ascii: "\r") {
                guard try source.peek(2).last == UInt8(ascii: "\n") else { return }
                _ = try source.next()
            } else if first != UInt8(ascii: "\n") {
                return
            }
            _ = try source.next()
            emptyCount += 1
        }
    }

    /// A field and what ended it: a comma, a line feed, or nil for the end of the file.
    private mutating func field() throws(ToolFailure) -> (Field, UInt8?) {
        bytes.removeAll(keepingCapacity: true)
        var byte = try source.next()
        guard byte == UInt8(ascii: "\"") else {
            while let current = byte, current != UInt8(ascii: ","), current != UInt8(ascii: "\n") {
                guard current != UInt8(ascii: "\""), bytes.count < Self.maximumFieldSize else {
                    throw failure("a quotation mark within a field that does not begin with one")
                }
                bytes.append(current)
                byte = try source.next()
            }
            if byte != UInt8(ascii: ","), bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            if byte == UInt8(ascii: "\n") { nextLine += 1 }
            return (Field(text: try text(), isQuoted: false), byte)
        }
        try takeQuoted()
        byte = try source.next()
        if byte == UInt8(ascii: "\r") { byte = try source.next() }
        if byte == UInt8(ascii: "\n") { nextLine += 1 }
        guard byte == nil || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") else {
            throw failure("something after a closing quotation mark")
        }
        return (Field(text: try text(), isQuoted: true), byte)
    }

    /// Takes a quoted field up to and including the closing mark.
    private mutating func takeQuoted() throws(ToolFailure) {
        while bytes.count < Self.maximumFieldSize, let byte = try source.next() {
            if byte == UInt8(ascii: "\"") {
                guard try source.peek(1) == [byte] else { return }
                _ = try source.next()
            }
            if byte == UInt8(ascii: "\n") { nextLine += 1 }
            bytes.append(byte)
        }
        throw failure("a quotation mark that is not closed")
    }

    private func text() throws(ToolFailure) -> String {
        // Most fields are numbers, which need no more of a check.
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("text that is not UTF-8")
        }
        return text
    }
}
