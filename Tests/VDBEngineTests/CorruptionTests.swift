import Foundation
import Testing
import VDBPrimitives
import VectorDB

/// Bytes are flipped in copies of a database, in another process each time, since a crash is one of
/// the things that must not happen.
@Suite("Damage is reported, never returned as a record")
struct CorruptionTests {
    @Test("in the tables", arguments: [1, 2, 3] as [UInt64])
    func tables(seed: UInt64) async throws {
        try await probe(DamagePlan(part: .tables, seed: seed, positionCount: 50))
    }

    @Test("in the log")
    func log() async throws {
        try await probe(DamagePlan(part: .log, seed: 4, positionCount: 50))
    }

    private func probe(_ plan: DamagePlan) async throws {
        try await withTemporaryDirectory { directory in
            try DamagedDatabase.prepare(in: directory)
            await #expect(processExitsWith: .success) {
                [directory = directory as String, plan = plan as DamagePlan] in
                try DamagedDatabase(directory: directory, plan: plan).run()
            }
            let report = try? String(contentsOfFile: directory + "/report", encoding: .utf8)
            let lines = (report ?? "no report").split(separator: "\n")
            #expect(lines.last == "done", "\(lines.last ?? "")")
            #expect(lines.filter { $0.hasPrefix("wrong") } == [])
            #expect(lines.contains { $0.hasPrefix("said") || $0.hasPrefix("found") })
        }
    }
}

/// What is damaged.
struct DamagePlan: Codable, Sendable {
    enum Part: String, Codable, Sendable {
        case tables
        case log
    }

    let part: Part
    let seed: UInt64
    let positionCount: Int
}

/// Flips one byte after the other, each in a fresh copy, and looks at what the database says.
private struct DamagedDatabase {
    let directory: String
    let plan: DamagePlan

    private static let seed: UInt64 = 9
    private static let storedCallCount = 30
    private static let loggedCallCount = 8

    /// Makes `original`: a trained index, and some calls that are only in the log.
    static func prepare(in directory: String) throws {
        var options = Options.manual
        options.durability = .everyCommit
        let database = try Database.create(
            at: directory + "/database", schema: try .pictures(), options: options)
        var workload = Workload(seed: seed)
        for _ in 0..<storedCallCount { try workload.next().run(on: database) }
        try database.maintain(isFull: true)
        for _ in 0..<loggedCallCount { try workload.next().run(on: database) }
        try copy(directory + "/database", to: directory + "/original")
        try database.close()
    }

    /// Copies what must be there for opening: the tables and the log.
    private static func copy(_ source: String, to target: String) throws {
        let files = FileManager.default
        try? files.removeItem(atPath: target)
        try files.createDirectory(atPath: target, withIntermediateDirectories: false)
        try files.copyItem(atPath: source + "/data.mdb", toPath: target + "/data.mdb")
        try files.copyItem(atPath: source + "/log", toPath: target + "/log")
    }

    func run() throws {
        var random = RandomSource(seed: plan.seed)
        // What the database may hold: all calls, or, where the end of the log is cut off, fewer.
        var workload = Workload(seed: Self.seed)
        for _ in 0..<Self.storedCallCount { _ = workload.next() }
        var models = [workload.model]
        for _ in 0..<Self.loggedCallCount {
            _ = workload.next()
            models.append(workload.model)
        }
        let file: String
        switch plan.part {
        case .tables: file = "/data.mdb"
        case .log:
            let names = try FileSystem.names(in: directory + "/original/log")
            file = "/log/" + (names.last { $0.hasSuffix(".log") } ?? "")
        }
        let bytes = try Data(contentsOf: URL(filePath: directory + "/original" + file))
        try report("\(file) has \(bytes.count) bytes")
        for _ in 0..<plan.positionCount {
            let position = random.next(below: bytes.count)
            let mask = UInt8(1 + random.next(below: 255))
            try report("flipping \(position) of \(file) by \(mask)")
            let path = directory + "/copy"
            try Self.copy(directory + "/original", to: path)
            var damaged = bytes
            damaged[position] ^= mask
            try damaged.write(to: URL(filePath: path + file))
            do {
                if let complaint = try inspect(path, models) {
                    try report("wrong: byte \(position) by \(mask): \(complaint)")
                }
            } catch let error as VectorDBError {
                try report("said: \(error)")
            }
        }
        try report("done")
    }

    /// What is wrong about a database that may be damaged; nil if it is unharmed or says its harm.
    private func inspect(_ path: String, _ models: [Model]) throws -> String? {
        let database = try Database.open(at: path, options: .manual)
        defer { _ = try? database.close() }
        let findings = try database.verify()
        let isSound = findings.isEmpty
        if !isSound { try report("found: \(findings[0])") }
        // Of a synced log only the last record can pass for one that was never finished.
        let candidates = Array(models.suffix(plan.part == .log ? 2 : 1))
        var content: Model = [:]
        var failureCount = 0
        for id in 0..<UInt64(700) {
            do {
                guard let record = try database.get(id) else { continue }
                content[id] = ModelRecord(
                    vector: record.vector.floats, attributes: record.attributes)
            } catch {
                failureCount += 1
            }
        }
        _ = try? database.search(
            Query(Vector([Float](repeating: 0, count: 16)), count: 10))
        _ = try? database.search(
            Query(Vector([Float](repeating: 0, count: 16)), count: 10, effort: .exact))
        if isSound {
            if failureCount > 0 { return "\(failureCount) records cannot be read, nothing found" }
            return candidates.contains(content) ? nil : "another content, nothing found"
        }
        // Known to be harmed: records may be missing, but none may be wrong.
        let isGenuine = candidates.contains { model in
            content.allSatisfy { model[$0.key] == $0.value }
        }
        return isGenuine ? nil : "a record is not what was put in"
    }

    private func report(_ line: String) throws {
        let descriptor = open(directory + "/report", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        defer { close(descriptor) }
        let bytes = Array((line + "\n").utf8)
        precondition(write(descriptor, bytes, bytes.count) == bytes.count)
    }
}
