internal import VDBEngine
internal import VDBFilters
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// Runs `body`; what it throws becomes `cannot <action>: <reason>`.
///
/// - Parameter remedy: what to do about damage, unless the reason says so already.
func explaining<Result>(
    _ action: @autoclosure () -> String, remedy: String? = nil,
    _ body: () throws(EngineError) -> Result
) throws(VectorDBError) -> Result {
    do throws(EngineError) {
        return try body()
    } catch {
        let explanation = error.explanation
        var message = "cannot \(action()): \(explanation.reason)"
        if let remedy, explanation.code == .damaged, !error.namesRemedy { message += "; " + remedy }
        throw VectorDBError(code: explanation.code, message: message, cause: explanation.cause)
    }
}

extension EngineError {
    /// Code, reason in words, and the failure underneath.
    fileprivate var explanation: (code: VectorDBError.Code, reason: String, cause: String?) {
        switch self {
        case .wrongDimension(let id, let expected, let found):
            (
                .invalidArgument,
                "\(vector(id)) has \(found) components, the schema says \(expected)", nil
            )
        case .notFinite(let id, let component, let value):
            (.invalidArgument, "component \(component) of \(vector(id)) is \(value)", nil)
        case .valueOutOfRange(let id, let component, let value, let element):
            (
                .invalidArgument,
                "component \(component) of \(vector(id)) is \(value), which \(element.name) "
                    + "cannot hold", nil
            )
        case .zeroVector(let id):
            (
                .invalidArgument,
                "\(vector(id)) is all zeros, which has no direction for the cosine", nil
            )
        case .strayBits(let id, let dimension):
            (
                .invalidArgument,
                "\(vector(id)) of \(dimension) bits has others behind them in its last byte, which "
                    + "must be 0", nil
            )
        case .tooLong(let id, let length):
            (
                .invalidArgument,
                "\(vector(id)) has length \(length), more than distances in float32 allow", nil
            )
        case .duplicateID(let id):
            (.duplicateID, "id \(id) is there already", nil)
        case .repeatedID(let id):
            (.duplicateID, "id \(id) comes twice in one call", nil)
        case .notFound(let id):
            (.notFound, "there is no record with id \(id)", nil)
        case .countMismatch(let what, let expected, let found):
            (.invalidArgument, "\(expected) \(what) are needed, \(found) were given", nil)
        case .invalidOption(let name, let reason):
            (.invalidArgument, "\(name): \(reason)", nil)
        case .batchTooLarge(let what, let count, let limit):
            (
                .invalidArgument,
                "the call has \(count) \(what), \(limit) are allowed: use several calls", nil
            )
        case .tooManyRows(let count):
            (.invalidArgument, "\(count) rows are more than a database can number", nil)
        case .attribute(let error):
            (.invalidArgument, error.description, nil)
        case .unknownAttribute(let name, let known):
            (
                .invalidArgument,
                "there is no attribute \(name); the schema has "
                    + (known.isEmpty ? "none" : known.joined(separator: ", ")), nil
            )
        case .filter(let error):
            (.invalidFilter, error.description, nil)
        case .schema(let error):
            (.invalidArgument, error.description, nil)
        case .alreadyExists(let path):
            (.alreadyExists, "\(path) is there already and is not an empty directory", nil)
        case .noDatabase(let path):
            (.noDatabase, "there is no database at \(path)", nil)
        case .readOnly(let path):
            (.readOnly, "\(path) was opened read-only", nil)
        case .closed(let path):
            (.closed, "\(path) was closed", nil)
        case .openedBeforeFork(let path):
            (.closed, "\(path) was opened before a fork: open it again in this process", nil)
        case .busy(let path):
            (.inUse, "a search, backup or other call on \(path) does not end", nil)
        case .poisoned(_, let cause) where cause.isDisplacement:
            cause.explanation
        case .poisoned(let path, let cause):
            (
                .poisoned,
                "a write failed before; open \(path) again to write: \(cause.explanation.reason)",
                cause.explanation.reason
            )
        case .storage(let error):
            (error.code, error.description, error.description)
        case .log(let error):
            (error.code, error.description, error.description)
        case .archive(let error):
            (error.code, error.description, error.description)
        case .system(let failure):
            (failure.code, failure.description, failure.description)
        }
    }

    /// Whether the description says already what to do about damage.
    fileprivate var namesRemedy: Bool {
        if case .log(.damaged) = self { true } else { false }
    }

    private func vector(_ id: UInt64?) -> String {
        id.map { "the vector of id \($0)" } ?? "the query vector"
    }
}

extension SystemFailure {
    fileprivate var code: VectorDBError.Code {
        if isDisplacement { return .replaced }
        return isLackOfRoom ? .noRoom : .inputOutput
    }
}

extension StorageError {
    fileprivate var code: VectorDBError.Code {
        switch self {
        case .lmdb: .inputOutput
        case .noRoom: .noRoom
        case .mapFull, .mapTooSmall, .noAddressSpace: .mapFull
        case .openTwice, .locked, .readAtRest, .readingNeedsLock: .inUse
        case .missing: .noDatabase
        case .damaged(_, _, .unsupportedVersion), .foreignVersion: .unsupportedFormat
        case .damaged, .damagedPage, .foreign: .damaged
        case .system(let failure): failure.code
        }
    }
}

extension LogError {
    fileprivate var code: VectorDBError.Code {
        switch self {
        case .system(let failure), .takenBack(let failure, _): failure.code
        case .poisoned(let cause) where cause.isDisplacement: .replaced
        case .damaged, .foreignSegment, .missingSegment, .unexpectedFile: .damaged
        case .unsupportedVersion: .unsupportedFormat
        case .poisoned: .poisoned
        case .payloadTooLarge, .notAppended: .invalidArgument
        case .closed: .closed
        }
    }
}

extension ArchiveError {
    fileprivate var code: VectorDBError.Code {
        switch self {
        case .foreign, .cut, .damaged, .unsound: .damaged
        case .unsupportedVersion, .unsupportedFormat: .unsupportedFormat
        case .stream, .compressor: .inputOutput
        }
    }
}
