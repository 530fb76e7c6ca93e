package import VDBFilters
package import VDBLog
package import VDBPrimitives
package import VDBStorage

/// Why the engine could not do what was asked.
package enum EngineError: Error, Hashable {
    // The caller's input.
    case wrongDimension(id: UInt64?, expected: Int, found: Int)
    case notFinite(id: UInt64?, component: Int, value: Float)
    case valueOutOfRange(id: UInt64?, component: Int, value: Float, element: ElementType)
    case zeroVector(id: UInt64?)
    /// A packed vector of bits is not zero behind its last component.
    case strayBits(id: UInt64?, dimension: Int)
    /// The distance of two such vectors would not fit a float32.
    case tooLong(id: UInt64?, length: Double)
    case duplicateID(UInt64)
    case repeatedID(UInt64)
    case notFound(UInt64)
    case countMismatch(what: String, expected: Int, found: Int)
    case invalidOption(name: String, reason: String)
    case batchTooLarge(what: String, count: Int, limit: Int)
    case tooManyRows(Int)
    case attribute(AttributeError)
    case unknownAttribute(name: String, known: [String])
    case filter(FilterError)
    case schema(SchemaError)
    // The database's state.
    case alreadyExists(path: String)
    case noDatabase(path: String)
    case readOnly(path: String)
    case closed(path: String)
    /// The process is a child of the one that opened it.
    case openedBeforeFork(path: String)
    /// Calls under way do not end.
    case busy(path: String)
    indirect case poisoned(path: String, cause: EngineError)
    // What is below.
    case storage(StorageError)
    case log(LogError)
    case archive(ArchiveError)
    case system(SystemFailure)
}

extension EngineError {
    /// Whether the files that are open are no longer those at the database's path.
    package var isDisplacement: Bool {
        switch self {
        case .system(let failure), .storage(.system(let failure)), .log(.system(let failure)),
            .log(.poisoned(let failure)), .log(.takenBack(let failure, _)):
            failure.isDisplacement
        case .poisoned(_, let cause): cause.isDisplacement
        default: false
        }
    }

    /// Whether there was no room on the disk, in the quota or in the map: nothing is lost, and it
    /// may work again later.
    var isLackOfRoom: Bool {
        switch self {
        case .storage(let error): error.isLackOfRoom
        case .log(.takenBack): true
        case .log(.system(let failure)), .system(let failure): failure.isLackOfRoom
        default: false
        }
    }
}

/// Runs `body`, whose storage errors become the engine's.
func storing<Result: ~Copyable>(
    _ body: () throws(StorageError) -> Result
) throws(EngineError) -> Result {
    do throws(StorageError) {
        return try body()
    } catch {
        throw .storage(error)
    }
}

/// Runs `body`, whose log errors become the engine's.
func logging<Result: ~Copyable>(
    _ body: () throws(LogError) -> Result
) throws(EngineError) -> Result {
    do throws(LogError) {
        return try body()
    } catch {
        throw .log(error)
    }
}

/// Runs `body`, whose system failures become the engine's.
func calling<Result: ~Copyable>(
    _ body: () throws(SystemFailure) -> Result
) throws(EngineError) -> Result {
    do throws(SystemFailure) {
        return try body()
    } catch {
        throw .system(error)
    }
}
