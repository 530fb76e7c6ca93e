import Foundation
import Testing
import VectorDB

/// A small database, and what host programs do around it.
enum Host {
    static func schema() throws -> Schema {
        try Schema(dimension: 1, metric: .euclidean, attributes: [])
    }

    static func record(_ id: UInt64) -> Record { Record(id: id, vector: [Float(id)]) }

    static func create(at path: String, ids: Range<UInt64>) throws -> Database {
        let database = try Database.create(at: path, schema: schema(), options: .manual)
        try database.insert(ids.map(record))
        return database
    }

    static func readOnly() -> Options {
        var options = Options.manual
        options.isReadOnly = true
        return options
    }

    static func ids(_ database: Database) throws -> [UInt64] {
        var records = try database.records()
        var ids: [UInt64] = []
        while let record = try records.next() { ids.append(record.id) }
        return ids.sorted()
    }

    /// What somebody finds who opens the path now.
    static func idsFound(at path: String) throws -> [UInt64] {
        let database = try Database.open(at: path, options: .manual)
        let found = try ids(database)
        guard try database.verify().isEmpty else { throw HostFailure("\(path) is not sound") }
        try database.close()
        return found
    }

    static func move(_ old: String, to new: String) throws {
        try FileManager.default.moveItem(atPath: old, toPath: new)
    }

    /// Runs `body` in a forked child, which ends with status 0 if it returns true.
    ///
    /// To be called in a process that does nothing else: a child has one thread.
    static func fork(_ body: () throws -> Bool) throws -> pid_t {
        typealias Fork = @convention(c) () -> pid_t
        let fork = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
        let child = fork()
        guard child == 0 else { return child }
        do {
            _exit(try body() ? 0 : 3)
        } catch {
            let message = "child: \(error)\n"
            _ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            _exit(4)
        }
    }

    static func closePipes() {
        for number in 0..<256 as Range<Int32> {
            var status = stat()
            if fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFIFO { close(number) }
        }
    }

    /// The same, and waits for it; whether it ended with status 0.
    static func succeedsInChild(_ body: () throws -> Bool) throws -> Bool {
        let child = try fork(body)
        var status: Int32 = 0
        guard waitpid(child, &status, 0) == child else { throw HostFailure("waitpid") }
        return status == 0
    }
}

struct HostFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Throws unless it holds: in exit tests, whose process must fail.
func require(_ condition: @autoclosure () throws -> Bool, _ what: String) throws {
    guard try condition() else { throw HostFailure("not so: \(what)") }
}

/// Throws unless `body` fails with `code` and a message that says `part`.
func requireFailure(
    _ code: VectorDBError.Code, saying part: String, _ body: () throws -> Void
) throws {
    do {
        try body()
    } catch let error as VectorDBError {
        guard error.code == code, error.message.contains(part) else {
            throw HostFailure("\(error.code): \(error.message), instead of \(code), \(part)")
        }
        return
    }
    throw HostFailure("nothing thrown, instead of \(code)")
}
