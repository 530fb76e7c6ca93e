internal import VDBPrimitives

/// Bytes on their way into a file, or to standard output.
///
/// A file has its name only when it is whole and durable; until then it is called NAME.new. What is
/// there and no file, such as a device or a named pipe, is written to as it is.
final class ByteSink {
    /// As it was given, for messages.
    let path: String
    /// Bytes taken so far.
    private(set) var size = 0

    private let file: FileDescriptor?
    private let number: Int32
    /// What the file is called until it is whole.
    private let temporaryPath: String?
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 18

    /// Begins a file; `-` is standard output.
    init(creating path: String) throws(ToolFailure) {
        self.path = path
        guard path != "-" else {
            file = nil
            number = 1
            temporaryPath = nil
            return
        }
        let isSpecial = FileSystem.exists(path) && !FileSystem.isRegularFile(path)
        temporaryPath = isSpecial ? nil : path + ".new"
        do throws(SystemFailure) {
            let opened = try FileDescriptor(opening: temporaryPath ?? path, .createIfMissing)
            if !isSpecial { try opened.truncate(to: 0) }
            number = opened.number
            file = consume opened
        } catch {
            throw ToolFailure(
                .cannotCreate, "cannot create \(path): \(Platform.message(for: error.number))")
        }
    }

    func write(_ bytes: some Collection<UInt8>) throws(ToolFailure) {
        buffer += bytes
        size += bytes.count
        if buffer.count >= Self.bufferSize { try flush() }
    }

    func write(_ text: String) throws(ToolFailure) { try write(Array(text.utf8)) }

    /// All is there: makes it durable and gives it its name.
    func finish() throws(ToolFailure) {
        try flush()
        guard let temporaryPath else { return }
        do throws(SystemFailure) {
            try file?.syncData()
            try FileSystem.rename(temporaryPath, to: path)
            try FileSystem.syncDirectory(FileSystem.parent(of: path))
        } catch {
            throw failure(error.number)
        }
    }

    /// Removes what there is of the file.
    func abandon() {
        if let temporaryPath { try? FileSystem.remove(temporaryPath) }
    }

    private func flush() throws(ToolFailure) {
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        if let error = System.write(bytes, to: number) { throw failure(error) }
    }

    private func failure(_ number: Int32) -> ToolFailure {
        let name = path == "-" ? "standard output" : path
        return ToolFailure(
            .readWriteError, "cannot write \(name): \(Platform.message(for: number))")
    }
}
