internal import VDBPrimitives

/// The bytes of a file in order, decompressed if its name ends in `.gz`; `-` is standard input.
final class ByteSource {
    /// As it was given, for messages.
    let path: String
    /// Bytes taken so far; of the decompressed data, if it is that.
    private(set) var offset = 0
    /// Bytes in the file; nil where only reading to the end can tell.
    let size: Int?

    private let input: InputDescriptor
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
        guard isCompressed else {
            input = file
            // Nobody knows where in a file standard input begins.
            size = path == "-" ? nil : file.size
            return
        }
        size = nil
        do {
            input = try InputDescriptor(outputOf: "gzip", ["-dc"], input: file)
        } catch {
            throw ToolFailure(
                .readWriteError,
                "cannot read \(path): gzip, which decompresses it, does not start: "
                    + Platform.message(for: error.number))
        }
    }

    /// Takes `count` bytes, fewer only at the end.
    func read(_ count: Int) throws(ToolFailure) -> [UInt8] {
        var bytes = Array(buffer[position..<min(buffer.count, position + count)])
        position += bytes.count
        let missing = count - bytes.count
        if missing >= Self.bufferSize {
            bytes += try readInput(missing)
        } else if missing > 0 {
            try refill()
            bytes += buffer.prefix(missing)
            position = min(buffer.count, missing)
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

    /// The next `count` bytes, which stay; fewer only at the end.
    func peek(_ count: Int) throws(ToolFailure) -> [UInt8] {
        if buffer.count - position < count {
            let rest = Array(buffer[position...])
            buffer = rest + (try readInput(Self.bufferSize))
            position = 0
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
            let part = try readInput(min(count - skipped, 1 << 20)).count
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

    private func refill() throws(ToolFailure) {
        buffer = try readInput(Self.bufferSize)
        position = 0
    }

    /// Reads past the buffer; at the end, looks how the program fared that decompresses.
    private func readInput(_ count: Int) throws(ToolFailure) -> [UInt8] {
        guard !hasEnded else {
            try checkEnd()
            return []
        }
        let bytes: [UInt8]
        do {
            bytes = try input.read(count)
        } catch {
            throw ToolFailure(
                .readWriteError,
                "cannot read \(path): \(Platform.message(for: error.number))")
        }
        if bytes.count < count {
            hasEnded = true
            programStatus = input.waitForEnd()
        }
        if bytes.isEmpty { try checkEnd() }
        return bytes
    }

    private func checkEnd() throws(ToolFailure) {
        // 2 is a warning, such as zeros after the end.
        guard programStatus != 0, programStatus != 2 else { return }
        throw .badInput(
            "cannot read \(path): gzip ended with status \(programStatus) after \(offset) bytes: "
                + "the file is truncated or damaged, or not compressed by gzip")
    }
}
