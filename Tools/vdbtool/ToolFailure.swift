internal import VectorDB

/// Why a command ended: one line for people and an exit code for scripts.
struct ToolFailure: Error, Hashable {
    let code: ExitCode
    /// `cannot <verb> <object>: <reason>`, as the library's messages are; one line.
    let message: String
    /// Whether a write failed only because there was no room, and can be done later.
    private(set) var isLackOfRoom = false

    init(_ code: ExitCode, _ message: String) {
        self.code = code
        self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// The command line is wrong.
    static func usage(_ message: String) -> ToolFailure { ToolFailure(.usage, message) }

    /// An input file's contents are wrong.
    static func badInput(_ message: String) -> ToolFailure { ToolFailure(.badInput, message) }

    /// The same failure with more to say.
    func adding(_ words: String) -> ToolFailure { ToolFailure(code, "\(message); \(words)") }
}

extension ToolFailure {
    /// Where the engine's input came from: that decides what a refusal means.
    enum Origin {
        case commandLine
        case file
    }

    /// The engine's failure.
    init(_ error: VectorDBError, input origin: Origin = .commandLine) {
        let reason = error.cause.map { error.message.contains($0) ? "" : " (\($0))" } ?? ""
        self.init(ExitCode(error.code, input: origin), error.message + reason)
        isLackOfRoom = error.code == .noRoom || error.code == .mapFull
    }
}

extension ExitCode {
    init(_ code: VectorDBError.Code, input origin: ToolFailure.Origin) {
        self =
            switch code {
            case .invalidArgument, .invalidFilter, .duplicateID:
                origin == .file ? .badInput : .usage
            case .notFound: .negative
            case .noDatabase: .noInput
            case .alreadyExists: .cannotCreate
            case .inUse: .inUse
            case .damaged, .unsupportedFormat: .damaged
            case .inputOutput, .noRoom, .mapFull, .poisoned, .replaced: .readWriteError
            case .readOnly, .closed: .internalError
            }
    }
}

/// Runs calls of the library; their errors become the tool's.
func engine<Result>(
    input origin: ToolFailure.Origin = .commandLine,
    _ body: () throws(VectorDBError) -> Result
) throws(ToolFailure) -> Result {
    do {
        return try body()
    } catch {
        throw ToolFailure(error, input: origin)
    }
}
