internal import VDBPrimitives
internal import VectorDB

/// Why a measurement ended without a result.
struct BenchFailure: Error, Hashable {
    /// As in `sysexits.h`: 64 usage, 65 bad input, 66 no such file, 70 internal, 74 disk.
    let code: Int32
    /// `cannot <verb> <object>: <reason>`.
    let message: String

    /// The command line is wrong.
    static func usage(_ message: String) -> BenchFailure {
        BenchFailure(code: 64, message: message)
    }

    /// An input file's contents are wrong.
    static func badInput(_ message: String) -> BenchFailure {
        BenchFailure(code: 65, message: message)
    }

    /// The engine refused.
    static func engine(_ error: VectorDBError) -> BenchFailure {
        BenchFailure(code: 70, message: "\(error)")
    }

    /// The operating system refused.
    static func system(_ error: SystemFailure) -> BenchFailure {
        BenchFailure(code: 74, message: "\(error)")
    }
}

/// Runs calls of the library; their errors become the bench's.
func library<Result>(
    _ body: () throws(VectorDBError) -> Result
) throws(BenchFailure) -> Result {
    do {
        return try body()
    } catch {
        throw .engine(error)
    }
}

/// Runs calls of the operating system; their errors become the bench's.
func system<Result>(
    _ body: () throws(SystemFailure) -> Result
) throws(BenchFailure) -> Result {
    do {
        return try body()
    } catch {
        throw .system(error)
    }
}
