internal import VDBPrimitives

/// The bytes of a file in order, decompressed if its name ends in `.gz`; `-` is standard input.
///
/// A compressed file is decompressed once before its first byte is handed out: its checksum comes
/// last, and what lies before damage looks like any other bytes. From a pipe that cannot be done.
final class ByteSource {
    /// As it was given, for messages.
    let path: String
    /// Bytes taken so far; of the decompressed data, if it is that.
    private(set) var offset = 0
    /// Bytes in the file; nil where only reading to the end can tell.
    let size: Int?

    private let input: InputDescriptor
    /// Whether what is read now may not be written yet: a pipe or a terminal.
    let isStream: Bool
    private let isCompressed: Bool
    /// What was read ahead, and where in it the next byte is.
    private var buffer: [UInt8] = []
    private var position = 0
    private var hasEnded = false
    private var programStatus: Int32 = 0

    private static let bufferSize = 1 << 18

    /// Opens a file; `gzip` is started if it is compressed.
    init(opening path: String) throws(ToolFailure) {
        self.path = path == "-" ? "standard input" : path
        isCompressed = path.hasSuffix(".gz")
        let file: InputDescriptor
        do {
            file =
                path == "-"
                ? try InputDescriptor(duplicating: 0) : try InputDescriptor(opening: path)
        } catch {
            let code: ExitCode = System.isMissing(error.number) ? .noInput : .readWriteError
            throw ToolFailure(
                code, "cannot open \(path): \(Platform.message(for: error.number))")
        }
        isStream = !isCompressed && file.isStream
        guard isCompressed else {
            input = file
            // Nobody knows where in a file standard input begins.
            size = path == "-" ? nil : file.size
            return
        }
        size = nil
        if file.size != nil {
            try Self.verify(file, path)
            _ = file.seek(to: 0)
        }
        input = try Self.decompress(file, path)
    }

    private static func decompress(
        _ file: InputDescriptor, _ path: String
    ) throws(ToolFailure) -> InputDescriptor {
        do {
            return try InputDescriptor(outputOf: "gzip", ["-dc"], input: file)
        } catch {
            throw ToolFailure(
                .readWriteError,
                "cannot read \(path): gzip, which decompresses it, does not start: "
                    + Platform.message(for: error.number))
        }
    }

    /// Decompresses all of a file into nothing, and throws if gzip finds it damaged.
    private static func verify(_ file: InputDescriptor, _ path: String) throws(ToolFailure) {
        let output = try decompress(file, path)
        var size = 0
        do {
            while case let count = try output.readSome(bufferSize).count, count > 0 {
                size += count
            }
        } catch {
            throw ToolFailure(
                .readWriteError, "cannot read \(path): \(Platform.message(for: error.number))")
        }
        try check(output.waitForEnd(), path, size)
    }

    /// Throws if gzip ended with a status that means damage.
    private static func check(
        _ status: Int32, _ path: String, _ size: Int
    ) throws(ToolFailure) {
        // 2 is a warning, such as zeros after the end.
        guard status != 0, status != 2 else { return }
        throw .badInput(
            "cannot read \(path): gzip ended with status \(status) after \(size) bytes: "
                + "the file is truncated or damaged, or not compressed by gzip")
    }

    /// Bytes that can be taken without waiting, as far as `count`; a stream's are looked for.
    func ready(_ count: Int) throws(ToolFailure) -> Int {
        guard isStream else { return count }
        while buffer.count - position < count, !hasEnded, input.waitForInput(milliseconds: 0) {
            try grow()
        }
        return min(count, buffer.count - position)
    }

    /// Whether a line that is not empty can be taken without waiting.
    func hasLine() throws(ToolFailure) -> Bool {
        guard isStream else { return true }
        while true {
            let start = buffer[position...].firstIndex {
                $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r")
            }
            if let start, buffer[start...].contains(UInt8(ascii: "\n")) { return true }
            // The last line needs no end, and a very long one is worth waiting for.
            if hasEnded || buffer.count - position > 1 << 20 { return true }
            guard input.waitForInput(milliseconds: 0) else { return false }
            try grow()
        }
    }

    /// Takes `count` bytes, fewer only at the end.
    func read(_ count: Int) throws(ToolFailure) -> [UInt8] {
        var bytes = Array(buffer[position..<min(buffer.count, position + count)])
        position += bytes.count
        let missing = count - bytes.count
        if missing >= Self.bufferSize, !isStream {
            bytes += try readInput(missing)
        }
        while bytes.count < count {
            try refill()
            if buffer.isEmpty { break }
            position = min(buffer.count, count - bytes.count)
            bytes += buffer.prefix(position)
        }
        offset += bytes.count
        return bytes
    }

    /// Takes the bytes up to and including `delimiter`, and the rest if it does not come; nil at
    /// the end.
    func read(through delimiter: UInt8, limit: Int) throws(ToolFailure) -> [UInt8]? {
        var bytes: [UInt8] = []
        while true {
            if position == buffer.count { try refill() }
            guard position < buffer.count else { break }
            let end = buffer[position...].firstIndex(of: delimiter).map { $0 + 1 } ?? buffer.count
            bytes += buffer[position..<end]
            position = end
            guard bytes.last != delimiter, bytes.count <= limit else { break }
        }
        offset += bytes.count
        return bytes.isEmpty ? nil : bytes
    }

    /// Takes the next byte, or nil at the end.
    func next() throws(ToolFailure) -> UInt8? {
        if position == buffer.count { try refill() }
        guard position < buffer.count else { return nil }
        defer {
            position += 1
            offset += 1
        }
        return buffer[position]
    }

    /// The next byte, which stays, or nil at the end.
    func peek() throws(ToolFailure) -> UInt8? {
        if position == buffer.count { try refill() }
        return position < buffer.count ? buffer[position] : nil
    }

    /// The next `count` bytes, which stay; fewer only at the end.
    func peek(_ count: Int) throws(ToolFailure) -> [UInt8] {
        if buffer.count - position < count {
            while buffer.count - position < count, !hasEnded { try grow() }
            if position == buffer.count { try checkEnd() }
        }
        return Array(buffer[position...].prefix(count))
    }

    /// Leaves out `count` bytes and returns how many there were.
    func skip(_ count: Int) throws(ToolFailure) -> Int {
        let buffered = min(count, buffer.count - position)
        position += buffered
        var skipped = buffered
        if skipped < count, let size, count <= size - offset, input.seek(to: offset + count) {
            (skipped, buffer, position, hasEnded) = (count, [], 0, false)
        }
        while skipped < count {
            let part = try readInput(min(count - skipped, 1 << 20), atOnce: true).count
            if part == 0 { break }
            skipped += part
        }
        offset += skipped
        return skipped
    }

    /// The failure of contents that are wrong.
    func failure(_ reason: String, at offset: Int? = nil) -> ToolFailure {
        let data = isCompressed ? " of the decompressed data" : ""
        let place = "byte \(offset ?? self.offset)" + data
        return .badInput("cannot read \(path): \(reason) at \(place)")
    }

    /// Reads on after all of the buffer was taken.
    private func refill() throws(ToolFailure) {
        buffer = try readInput(Self.bufferSize, atOnce: true)
        position = 0
    }

    /// Reads on behind what is left in the buffer.
    private func grow() throws(ToolFailure) {
        buffer = buffer[position...] + (try readInput(Self.bufferSize, atOnce: true))
        position = 0
    }

    /// Reads past the buffer; at the end, looks how the program fared that decompresses.
    ///
    /// - Parameter atOnce: whether less than `count` will do, as soon as it is there.
    private func readInput(_ count: Int, atOnce: Bool = false) throws(ToolFailure) -> [UInt8] {
        guard !hasEnded else {
            try checkEnd()
            return []
        }
        try waitForStream()
        let bytes: [UInt8]
        do {
            bytes = try atOnce ? input.readSome(count) : input.read(count)
        } catch {
            throw ToolFailure(
                .readWriteError,
                "cannot read \(path): \(Platform.message(for: error.number))")
        }
        if bytes.count < (atOnce ? 1 : count) {
            hasEnded = true
            programStatus = input.waitForEnd()
        }
        if bytes.isEmpty { try checkEnd() }
        return bytes
    }

    /// Waits until a stream has something to read, which Ctrl-C must be able to end.
    private func waitForStream() throws(ToolFailure) {
        while isStream, !input.waitForInput(milliseconds: 100) {
            if let code = Interruption.requested {
                throw ToolFailure(code, "stopped while waiting for \(path)")
            }
        }
    }

    private func checkEnd() throws(ToolFailure) {
        try Self.check(programStatus, path, offset)
    }
}
