import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("After kill -9")
struct CrashTests {
    @Test(
        "what was acknowledged is there, and of the call under way all or nothing",
        arguments: CrashPlan.all)
    func crash(plan: CrashPlan) async throws {
        try await withTemporaryDirectory { directory in
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [directory = directory as String, plan = plan as CrashPlan] in
                try CrashingProcess(directory: directory, plan: plan).run()
            }
            let acknowledged = try Data(
                contentsOf: URL(filePath: directory + "/acknowledged")
            ).count
            var workload = Workload(seed: plan.seed)
            for _ in 0..<acknowledged { _ = workload.next() }
            let before = workload.model
            _ = workload.next()
            let after = workload.model

            // Twice: recovery must leave something that can be recovered.
            for _ in 0..<2 {
                let database = try Database.open(at: directory + "/database", options: .manual)
                let content = try Workload.content(of: database)
                #expect(
                    content == before || content == after,
                    "\(acknowledged) calls acknowledged, content of neither them nor one more")
                #expect(try database.statistics().liveCount == content.count)
                #expect(try database.verify().isEmpty)
                let query = [Float](repeating: 0.1, count: 16)
                let matches = try database.search(Query(Vector(query), count: 20))
                expectGenuine(
                    matches, of: query, count: 20, metric: .euclidean, among: content)
                try database.close()
            }
        }
    }
}

/// When a process kills itself.
struct CrashPlan: Codable, Sendable, CustomTestStringConvertible {
    enum Moment: String, Codable, Sendable {
        /// Some microseconds after a call was acknowledged, from another thread.
        case writing
        /// Some microseconds into a checkpoint, from another thread.
        case checkpoint
        /// Some microseconds into closing, from another thread.
        case closing
        /// When a build reports its n-th step, from the building thread.
        case build
    }

    let moment: Moment
    let seed: UInt64
    /// Calls before the moment is looked for.
    let callCount: Int
    /// Microseconds or steps.
    let delay: Int

    var testDescription: String { "\(moment.rawValue), \(callCount) calls, then \(delay)" }

    static let all: [CrashPlan] = [
        CrashPlan(moment: .writing, seed: 1, callCount: 13, delay: 150),
        CrashPlan(moment: .writing, seed: 2, callCount: 40, delay: 900),
        CrashPlan(moment: .checkpoint, seed: 3, callCount: 21, delay: 200),
        CrashPlan(moment: .checkpoint, seed: 4, callCount: 30, delay: 2500),
        CrashPlan(moment: .closing, seed: 5, callCount: 25, delay: 1500),
        CrashPlan(moment: .build, seed: 6, callCount: 35, delay: 3),
        CrashPlan(moment: .build, seed: 7, callCount: 35, delay: 5),
        CrashPlan(moment: .build, seed: 8, callCount: 35, delay: 7),
    ]
}

/// What runs in the process that dies.
private struct CrashingProcess {
    let directory: String
    let plan: CrashPlan

    func run() throws {
        var options = Options.manual
        options.durability = .everyCommit
        let database = try Database.create(
            at: directory + "/database", schema: try .pictures(), options: options)
        let acknowledged = open(directory + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        let trigger = Flag()
        let killer = try VDBPrimitives.Thread(name: "killer") { [delay = plan.delay] in
            while !trigger.isSet { yieldProcessor() }
            let end = Platform.monotonicSeconds + Double(delay) * 1e-6
            while Platform.monotonicSeconds < end {}
            die()
        }
        var workload = Workload(seed: plan.seed)
        for call in 0... {
            if call == plan.callCount {
                switch plan.moment {
                case .writing:
                    trigger.set()
                case .checkpoint:
                    trigger.set()
                    try database.checkpoint()
                case .closing:
                    trigger.set()
                    try database.close()
                    killer.join()
                case .build:
                    let steps = Tally()
                    try database.maintain(isFull: true) { [delay = plan.delay] _, _ in
                        steps.add()
                        if steps.count >= delay { die() }
                    }
                    die()
                }
            }
            try workload.next().run(on: database)
            // A killed process leaves what it has written to the operating system.
            var byte: UInt8 = 1
            precondition(write(acknowledged, &byte, 1) == 1)
            if call % 9 == 8 { try database.checkpoint() }
            if call == 20 { try database.maintain(isFull: true) }
        }
    }
}

private func die() { kill(getpid(), SIGKILL) }

/// A seeded sequence of calls, and what the database holds after each.
struct Workload {
    enum Call {
        case put(Model)
        case update(UInt64, ModelRecord)
        /// Of attributes alone.
        case amend(UInt64, [String: AttributeValue])
        case delete([UInt64])

        func run(on database: Database) throws {
            switch self {
            case .put(let records):
                try database.insert(
                    records.sorted { $0.key < $1.key }.map { Record($0.key, $0.value) },
                    onDuplicate: .replace)
            case .update(let id, let record):
                try database.update(
                    id: id, vector: Vector(record.vector),
                    attributes: Self.all(record.attributes, database.schema),
                    payload: record.payload.map { .set($0) } ?? .remove)
            case .amend(let id, let attributes):
                try database.update(id: id, attributes: Self.all(attributes, database.schema))
            case .delete(let ids):
                try database.delete(ids)
            }
        }

        /// Null where an attribute is not given.
        private static func all(
            _ given: [String: AttributeValue], _ schema: Schema
        ) -> [String: AttributeValue] {
            var attributes = given
            for attribute in schema.attributes where attributes[attribute.name] == nil {
                attributes[attribute.name] = .null
            }
            return attributes
        }
    }

    private static let idCount = 700
    private var random: RandomSource
    private(set) var model: Model = [:]

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    /// The next call; `model` is what it leaves.
    mutating func next() -> Call {
        let call: Call
        switch random.next(below: 5) {
        case 0 where !model.isEmpty:
            call = .update(nextPresentID(), nextRecord())
        case 1 where !model.isEmpty:
            call = .amend(nextPresentID(), nextRecord().attributes)
        case 2:
            call = .delete((0..<10).map { _ in nextID() })
        default:
            var records: Model = [:]
            for _ in 0..<40 { records[nextID()] = nextRecord() }
            call = .put(records)
        }
        switch call {
        case .put(let records): model.merge(records) { $1 }
        case .update(let id, let record): model[id] = record
        case .amend(let id, let attributes): model[id]?.attributes = attributes
        case .delete(let ids): for id in ids { model[id] = nil }
        }
        return call
    }

    private mutating func nextRecord() -> ModelRecord {
        var record = random.nextPicture()
        record.payload = random.nextPayload()
        return record
    }

    private mutating func nextPresentID() -> UInt64 {
        let ids = model.keys.sorted()
        return ids[random.next(below: ids.count)]
    }

    private mutating func nextID() -> UInt64 { UInt64(random.next(below: Self.idCount)) }

    /// Everything that `get` finds under the ids that any workload uses.
    static func content(of database: Database) throws -> Model {
        var content: Model = [:]
        for id in 0..<UInt64(idCount) {
            guard let record = try database.get(id) else { continue }
            content[id] = ModelRecord(
                vector: record.vector.floats, attributes: record.attributes,
                payload: record.payload)
        }
        return content
    }
}
