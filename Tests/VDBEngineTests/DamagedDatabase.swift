import Foundation
import VDBPrimitives
import VectorDB

/// A small database, what it must hold, and what became of it after damage.
///
/// Damage is done in a process of its own, since a crash is one of the things that must not happen;
/// an alarm ends it when it hangs. It tells in a file what it did last, and what was wrong.
struct DamagedDatabase: Codable, Sendable {
    let directory: String
    let seed: UInt64
    /// Records in the tables; from 256 on there is an index.
    let recordCount: Int

    /// Calls that are only in the log, of a few records each.
    static let loggedCallCount = 6
    static let dimension = 4

    var original: String { directory + "/original" }
    var copy: String { directory + "/copy" }

    /// The contents after each call that is only in the log; the first one before all of them.
    private func contents(_ visit: (Workload.Call) throws -> Void) rethrows -> [Model] {
        var random = RandomSource(seed: seed)
        var model: Model = [:]
        for _ in 0..<recordCount {
            var record = random.nextPicture(dimension: Self.dimension)
            record.payload = random.nextPayload()
            model[UInt64(random.next(below: 4 * recordCount))] = record
        }
        try visit(.put(model))
        let deleted = Array(model.keys.sorted().prefix(recordCount / 8))
        try visit(.delete(deleted))
        for id in deleted { model[id] = nil }
        var models = [model]
        for index in 0..<Self.loggedCallCount {
            let ids = model.keys.sorted()
            if index % 3 == 2 {
                let id = ids[random.next(below: ids.count)]
                try visit(.delete([id]))
                model[id] = nil
            } else {
                var records: Model = [ids[0]: random.nextPicture(dimension: Self.dimension)]
                var record = random.nextPicture(dimension: Self.dimension)
                record.payload = random.nextPayload()
                records[UInt64(4 * recordCount + index)] = record
                try visit(.put(records))
                model.merge(records) { $1 }
            }
            models.append(model)
        }
        return models
    }

    var models: [Model] { contents { _ in } }

    /// Makes `original`, as a process leaves it that is killed after its last call.
    func prepare() throws {
        let path = directory + "/database"
        var options = Options.manual
        options.durability = .everyCommit
        let database = try Database.create(
            at: path, schema: try .pictures(dimension: Self.dimension), options: options)
        var callCount = 0
        _ = try contents { call in
            try call.run(on: database)
            callCount += 1
            if callCount == 2 { try database.maintain(isFull: true) }
        }
        try Self.copyFiles(path, to: original)
        try database.close()
    }

    /// Copies what must be there for opening: the tables and the log.
    static func copyFiles(_ source: String, to target: String) throws {
        let files = FileManager.default
        try? files.removeItem(atPath: target)
        try files.createDirectory(atPath: target, withIntermediateDirectories: false)
        try files.copyItem(atPath: source + "/data.mdb", toPath: target + "/data.mdb")
        try files.copyItem(atPath: source + "/log", toPath: target + "/log")
    }

    /// What the database says of damage.
    enum Answer: Equatable {
        /// Opening refused it.
        case refused(String)
        /// `verify` found it.
        case found(String)
        /// Nothing was said, and the content is one of those that may be.
        case unharmed
        /// Something wrong was served as right.
        case wrong(String)
    }

    /// Opens the copy and looks at everything.
    ///
    /// - Parameter models: the contents that it may have.
    func inspect(_ models: [Model], readOnly: Bool) -> Answer {
        var options = Options.manual
        options.isReadOnly = readOnly
        options.mapSize = 64 << 20
        let database: Database
        let findings: [Finding]
        do throws(VectorDBError) {
            database = try Database.open(at: copy, options: options)
            findings = try database.verify()
        } catch {
            if error.code == .damaged || error.code == .unsupportedFormat {
                return .refused(error.message)
            }
            return .wrong("opening says \(error.code): \(error)")
        }
        defer { _ = try? database.close() }
        var content: Model = [:]
        var failure: VectorDBError?
        let ids = Set(models.flatMap(\.keys))
        for id in ids {
            do throws(VectorDBError) {
                guard let record = try database.get(id) else { continue }
                content[id] = ModelRecord(
                    vector: record.vector.floats, attributes: record.attributes,
                    payload: record.payload)
            } catch {
                failure = error
            }
        }
        let query = Vector([Float](repeating: 0, count: Self.dimension))
        _ = try? database.search(Query(query, count: 10))
        _ = try? database.search(Query(query, count: 10, effort: .exact))
        guard let finding = findings.first else {
            if let failure { return .wrong("nothing was found, but \(failure)") }
            return models.contains(content) ? .unharmed : .wrong("another content, nothing found")
        }
        // Known to be harmed: records may be missing, but none may be wrong.
        let isGenuine = models.contains { model in
            content.allSatisfy { model[$0.key] == $0.value }
        }
        return isGenuine ? .found("\(finding)") : .wrong("a record is not what was put in")
    }

    /// Opens the copy for writing and writes, as far as it lets itself be written.
    func write() {
        var options = Options.manual
        options.mapSize = 64 << 20
        guard let database = try? Database.open(at: copy, options: options) else { return }
        var random = RandomSource(seed: 1)
        for id in [0, 1_000_000] as [UInt64] {
            let record = Record(id, random.nextPicture(dimension: Self.dimension))
            _ = try? database.insert([record], onDuplicate: .replace)
        }
        _ = try? database.checkpoint()
        _ = try? database.close()
    }

    /// Ends the process if it is not through in time.
    static func setAlarm(seconds: UInt32) { _ = alarm(seconds) }

    func report(_ line: String) throws {
        let descriptor = open(directory + "/report", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        defer { close(descriptor) }
        let bytes = Array((line + "\n").utf8)
        precondition(Foundation.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    /// The lines of the report, or what is to be seen of it.
    var reported: [String] {
        let text = try? String(contentsOfFile: directory + "/report", encoding: .utf8)
        return (text ?? "no report").split(separator: "\n").map { String($0) }
    }
}
