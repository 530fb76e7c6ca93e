import Foundation
import VDBPrimitives

@testable import VDBStorage

/// Runs `body` with a new directory, which is removed after it with all that is in it.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("vectordb-test-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory.path)
}

/// Runs `body` with a new environment of the tables `a` and `b`.
func withEnvironment<Result>(
    mapSize: Int = 16 << 20, _ body: (Environment) throws -> Result
) throws -> Result {
    try withTemporaryDirectory { path in
        try body(try openEnvironment(path, mapSize: mapSize))
    }
}

func openEnvironment(
    _ path: String, mapSize: Int = 16 << 20, readOnly: Bool = false
) throws(StorageError) -> Environment {
    try Environment(
        path: path, tableNames: ["a", "b"], mapSize: mapSize, readOnly: readOnly,
        creating: !readOnly)
}

extension Environment {
    var a: Table { table("a") }
    var b: Table { table("b") }

    /// Puts one value in a transaction of its own.
    func put(_ table: Table, _ key: Key, _ value: [UInt8]) throws(StorageError) {
        let transaction = try beginWrite()
        try transaction.put(table, key, value)
        try transaction.commit()
    }

    /// A value as a new snapshot sees it.
    func get(_ table: Table, _ key: Key) throws(StorageError) -> [UInt8]? {
        try read { access throws(StorageError) in try access.bytes(table, key) }
    }
}

extension Access {
    /// A copy of a value.
    func bytes(_ table: Table, _ key: Key) throws(StorageError) -> [UInt8]? {
        try value(table, key).map { Array($0) }
    }
}

extension Cursor.Entry {
    /// The key's number.
    var number: UInt64? { keyPart(UInt64.self) }
}

extension Key {
    var bytes: [UInt8] { withBytes { (bytes) -> [UInt8] in Array(bytes) } }
}

extension Environment {
    /// Opens the environment in the directory at `path`.
    convenience init(
        path: String, tableNames: [String], laterNames: Set<String> = [], mapSize: Int,
        readOnly: Bool, creating: Bool = false, deferred: Set<String> = []
    ) throws(StorageError) {
        let directory: Directory
        do throws(SystemFailure) {
            directory = try Directory(opening: path)
        } catch {
            throw .system(error)
        }
        try self.init(
            directory, tableNames: tableNames, laterNames: laterNames, sizeLimit: mapSize,
            mode: readOnly ? .read : .write, creating: creating, deferred: deferred)
    }
}

struct TestFailure: Error {}

/// Runs `body` in a forked child, which ends with status 0 unless it throws; for exit tests, whose
/// process does nothing else.
func forked(_ body: () throws -> Void) throws -> pid_t {
    typealias Fork = @convention(c) () -> pid_t
    let fork = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
    let child = fork()
    guard child == 0 else { return child }
    do {
        try body()
        _exit(0)
    } catch {
        _exit(3)
    }
}

func wait(for child: pid_t) throws {
    var status: Int32 = 0
    guard waitpid(child, &status, 0) == child, status == 0 else { throw TestFailure() }
}
