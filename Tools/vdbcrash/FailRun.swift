internal import VDBPrimitives
internal import VectorDB

/// One course of events in which a system call fails.
///
/// The course goes on as a program would that keeps trying: after a refusal it opens the database
/// again, after a full disk it repeats the call. In the end nothing fails any more, and what is
/// there is compared with what was acknowledged.
struct FailRun {
    private let root: String
    private let path: String
    private let seed: UInt64
    private let plan: Faults.Plan
    private var options = Inspection.options()

    private(set) var tally = Tally()
    /// Effects that could have failed.
    private(set) var effectCount = 0
    private(set) var firstFailure: String?

    private var database: Database?
    private var isCreated = false
    /// The handle has refused a call.
    private var isRefusing = false
    private var nextCall = 0
    /// What the open handle has acknowledged, and so shows.
    private var shown: Content = [:]
    /// What may be on disk: the call after which the handle refuses more may be there as a whole,
    /// or not.
    private var possible: [Content] = [[:]]
    /// The same for a loss of power, which may take what the handle that refused had written, even
    /// after it was seen.
    private var lasting: [Content] = [[:]]

    /// What a loss of power may leave, by the number of the mark in the trace.
    private(set) var moments: [Moment] = []
    private let isRecording: Bool

    /// What was promised at one moment of a recorded run.
    struct Moment {
        let isCreated: Bool
        let possible: [Content]
        /// Calls begun by then.
        let callCount: Int
    }

    init(root: String, seed: UInt64, plan: Faults.Plan, isRecording: Bool = false) {
        self.isRecording = isRecording
        self.root = root
        path = root + "/database"
        self.seed = seed
        self.plan = plan
    }

    /// - Parameter number: the effect that fails, from 1 on; 0 for none.
    mutating func run(failing number: Int) throws {
        Faults.begin(at: root, isRecording: isRecording)
        Faults.fail(plan, at: number)
        defer { Faults.end() }

        remember()
        try create()
        remember()
        for step in Script.steps { try perform(step) }
        try close()

        effectCount = Faults.counted
        firstFailure = Faults.firstFailure
        if let firstFailure {
            tally.add("failed " + (firstFailure.split(separator: " ").first ?? ""))
        }
        Faults.failNothing()
        if number == 0, tally.count("calls that threw") > 0 {
            throw Violation("calls throw although nothing fails")
        }
        if isRecording {
            // The trace ends with the course.
            Faults.end()
        } else {
            try conclude()
        }
    }

    /// Marks the moment in the trace.
    private mutating func remember(adding call: Call? = nil) {
        guard isRecording else { return }
        let more = call.map { call in lasting.map { call.applied(to: $0) } } ?? []
        moments.append(
            Moment(isCreated: isCreated, possible: lasting + more, callCount: nextCall + 1))
        Faults.mark(moments.count - 1)
    }

    // MARK: - The course

    private mutating func create() throws {
        for _ in 0..<2 where !isCreated {
            do {
                // A failure after the renaming leaves a database that is whole.
                database =
                    FileSystem.exists(path)
                    ? try Database.open(at: path, options: options)
                    : try Database.create(at: path, schema: Call.schema(), options: options)
                isCreated = true
            } catch {
                try note(error)
            }
        }
        if !isCreated && !plan.isForGood {
            throw Violation("creating fails again although only one call failed")
        }
    }

    private mutating func perform(_ step: Script.Step) throws {
        guard isCreated, try ensureOpen(), let database else { return }
        switch step {
        case .call:
            try perform(Call(seed: seed, number: nextCall, ids: Script.ids))
            nextCall += 1
        case .checkpoint:
            try attempt { () throws(VectorDBError) in try database.checkpoint() }
        case .maintain:
            try attempt { () throws(VectorDBError) in try database.maintain(isFull: true) }
        case .tend:
            try attempt { () throws(VectorDBError) in try database.maintain() }
        case .compact:
            do {
                try database.compact()
            } catch {
                // Where the tables that were to come could not be opened it is closed.
                try note(error)
                try close()
            }
        case .reopen(let listCount):
            options = Inspection.options(listCount: listCount)
            try close()
        }
    }

    private mutating func perform(_ call: Call) throws {
        // After a full disk once, the second attempt finds room. Every other call is given up.
        for _ in 0..<2 {
            guard let database else { return }
            remember(adding: call)
            do {
                try call.run(on: database)
                shown = call.applied(to: shown)
                possible = possible.map { call.applied(to: $0) }
                lasting = lasting.map { call.applied(to: $0) }
                remember()
                return
            } catch {
                try note(error)
                // What the log took back is not there. What it could not may be.
                isRefusing = error.code == .poisoned
                if isRefusing {
                    let changed = possible.map { call.applied(to: $0) }
                    possible += changed.filter { !possible.contains($0) }
                    lasting += lasting.map { call.applied(to: $0) }
                    remember()
                }
                try checkShown()
            }
            if isRefusing {
                try close()
                guard try ensureOpen() else { return }
            } else if !plan.isLackOfRoom || plan.isForGood || nextCall % 2 == 0 {
                return
            }
        }
        if !plan.isForGood { throw Violation("a call fails again although only one call failed") }
    }

    private mutating func attempt(_ work: () throws(VectorDBError) -> Void) throws {
        do throws(VectorDBError) {
            try work()
        } catch {
            try note(error)
            try checkShown()
        }
    }

    private mutating func close() throws {
        do {
            try database?.close()
        } catch {
            try note(error)
        }
        database = nil
        isRefusing = false
    }

    /// Opens the database if it is not; false if that cannot be done.
    private mutating func ensureOpen() throws -> Bool {
        guard database == nil else { return true }
        for _ in 0..<2 where database == nil {
            do {
                database = try Database.open(at: path, options: options)
            } catch {
                try note(error)
            }
        }
        guard let database else {
            if plan.isForGood { return false }
            throw Violation("opening fails again although only one call failed")
        }
        try settle(try Inspection.content(of: database, ids: Script.ids))
        return true
    }

    // MARK: - Checks

    /// Counts an error, which must be of a kind that says what happened.
    private mutating func note(_ error: any Error) throws {
        tally.add("calls that threw")
        guard let error = error as? VectorDBError else { throw error }
        switch error.code {
        case .inputOutput: break
        case .noRoom where plan.isLackOfRoom: break
        case .poisoned:
            if plan.isLackOfRoom { tally.add("refusals for want of room until reopened") }
        default: throw Violation("the failure is said to be \(error.code): \(error)")
        }
    }

    /// A call that throws has changed nothing that this process sees.
    private func checkShown() throws {
        guard let database else { return }
        let found = try Inspection.content(of: database, ids: Script.ids)
        guard found == shown else {
            throw Violation(
                "after a call that threw the open database shows "
                    + Inspection.difference(found, from: shown))
        }
    }

    /// What was found after opening is what the course goes on from.
    private mutating func settle(_ found: Content) throws {
        guard possible.contains(found) else {
            throw Violation(
                "of \(possible.count) possible contents none is found: "
                    + Inspection.difference(found, from: shown))
        }
        shown = found
        possible = [found]
    }

    /// Nothing fails any more: all must be there and work.
    private mutating func conclude() throws {
        if !isCreated && !FileSystem.exists(path) {
            try Database.create(at: path, schema: Call.schema(), options: options).close()
        }
        let database = try opened()
        let found = try Inspection.content(of: database, ids: Script.ids)
        try settle(found)
        try Inspection.check(database, holding: found)
        try Inspection.goOn(
            database, at: path, with: Call(seed: seed, number: nextCall, ids: Script.ids),
            from: found, ids: Script.ids, options: options)
    }

    private func opened() throws -> Database {
        do {
            return try Database.open(at: path, options: options)
        } catch {
            throw Violation("it cannot be opened although nothing fails any more: \(error)")
        }
    }
}
