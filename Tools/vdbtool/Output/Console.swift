internal import Synchronization
internal import VDBPrimitives

/// Where a command's answer, progress and complaints go.
final class Console: Sendable {
    /// Takes a text to a stream, and returns the error number of a failure, or nil.
    typealias Writer = @Sendable (String) -> Int32?

    /// Whether the answer is wanted as JSON.
    let printsJSON: Bool
    private let isQuiet: Bool
    private let writeOutput: Writer
    private let writeError: Writer
    /// Whether progress can be drawn on one line, again and again.
    private let isErrorTerminal: Bool
    /// Guards what is printed but not yet written, for as long as it takes to append to it.
    private let pending: Mutex<String>

    /// The process's own streams.
    convenience init() {
        self.init(
            isErrorTerminal: System.isTerminal(2),
            writeOutput: { System.write(Array($0.utf8), to: 1) },
            writeError: { System.write(Array($0.utf8), to: 2) })
    }

    init(
        printsJSON: Bool = false, isQuiet: Bool = false, isErrorTerminal: Bool = false,
        writeOutput: @escaping Writer, writeError: @escaping Writer
    ) {
        self.printsJSON = printsJSON
        self.isQuiet = isQuiet
        self.isErrorTerminal = isErrorTerminal
        self.writeOutput = writeOutput
        self.writeError = writeError
        pending = Mutex("")
    }

    /// The same streams with what the command's options say.
    ///
    /// What was printed here and not flushed stays here.
    func configured(printsJSON: Bool, isQuiet: Bool) -> Console {
        Console(
            printsJSON: printsJSON, isQuiet: isQuiet, isErrorTerminal: isErrorTerminal,
            writeOutput: writeOutput, writeError: writeError)
    }

    /// Prints a line of the answer; it is written when enough has come together.
    func print(_ line: String) throws(ToolFailure) {
        let isFull = pending.withLock { text in
            text += line
            text += "\n"
            return text.utf8.count >= 1 << 16
        }
        if isFull { try flush() }
    }

    /// Writes what was printed.
    func flush() throws(ToolFailure) {
        let text = pending.withLock { text in
            defer { text = "" }
            return text
        }
        guard !text.isEmpty, let error = writeOutput(text) else { return }
        throw ToolFailure(
            .readWriteError, "cannot write standard output: \(Platform.message(for: error))")
    }

    /// Says on standard error why the tool ends.
    func complain(_ message: String) { _ = writeError("vdbtool: \(message)\n") }

    /// Shows how a long work gets on.
    ///
    /// - Parameters:
    ///   - verb: what is being done: `importing`.
    ///   - unit: what is counted, in the plural.
    ///   - total: how many there will be, or nil if that is not known.
    func progress(_ verb: String, unit: String, total: Int?) -> Progress {
        let style: Progress.Style =
            isQuiet ? .none : isErrorTerminal ? .bar(width: System.terminalWidth(2)) : .lines
        return Progress(
            verb, unit: unit, total: total, style: style, now: Platform.monotonicSeconds
        ) { [writeError] in _ = writeError($0) }
    }
}
