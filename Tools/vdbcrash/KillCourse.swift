internal import VDBPrimitives
internal import VectorDB

/// A database that processes write to until they are killed, and what it must hold.
struct KillCourse {
    /// What one writing thread has done. Each has ids of its own.
    private struct Writer {
        var nextCall = 0
        /// What its ids may hold: a call under way when the process was killed is there as a
        /// whole, or not.
        var possible: [Content] = [[:]]
        var hasAcknowledged = false
    }

    private let path: String
    private let root: String
    private let seed: UInt64
    private var writers: [Writer]

    init(root: String, seed: UInt64) {
        self.root = root
        self.seed = seed
        path = root + "/database"
        writers = Array(repeating: Writer(), count: Victim.writerCount)
    }

    /// Starts a process, lets it acknowledge some calls, kills it.
    mutating func killOnce(seed: UInt64, _ tally: inout Tally) throws {
        var random = RandomSource(seed: seed)
        let process = try ChildProcess(arguments: [
            "victim", "--directory=\(root)", "--seed=\(self.seed)", "--number=\(seed >> 2)",
            "--behind=\(writers.map { "\($0.nextCall)" }.joined(separator: ","))",
        ])
        // Now and then before it has acknowledged anything: while it recovers.
        let wanted = random.next(below: 4) == 0 ? 0 : 1 + random.next(below: 80)
        var reports = VictimReports()
        while reports.acknowledgedCount < wanted, let report = reports.next(from: process) {
            take(report)
        }
        System.pause(microseconds: random.next(below: wanted == 0 ? 40_000 : 3000))
        process.kill()
        while let report = reports.next(from: process) { take(report) }
        let end = process.wait()
        guard end == .killed else {
            throw Violation("the writing process ended by itself: \(reports.complaint ?? "\(end)")")
        }
        for index in writers.indices { endCall(of: index, reports.begun[index]) }
        tally.add("kills")
        tally.add("calls acknowledged", reports.acknowledgedCount)
        if reports.acknowledgedCount == 0 { tally.add("kills before the first call was done") }
        tally.add("kills amid a call", reports.begun.contains { $0 != nil } ? 1 : 0)
    }

    /// Opens what the process left, and compares.
    mutating func look(isReader: Bool, _ tally: inout Tally) throws {
        HostAct.bringBack(path)
        guard FileSystem.exists(path) else {
            if writers.contains(where: \.hasAcknowledged) {
                throw Violation("the database is gone")
            }
            return
        }
        var options = Inspection.options()
        options.isReadOnly = isReader
        let database: Database
        do {
            database = try Database.open(at: path, options: options)
        } catch {
            throw Violation("it cannot be opened: \(error)")
        }
        var all: Content = [:]
        for index in writers.indices {
            let found = try Inspection.content(of: database, ids: Victim.ids(of: index))
            guard writers[index].possible.contains(found) else {
                throw Violation(
                    "thread \(index), after \(writers[index].nextCall) calls: of "
                        + "\(writers[index].possible.count) possible contents none is found: "
                        + Inspection.difference(found, from: writers[index].possible[0]))
            }
            writers[index].possible = [found]
            all.merge(found) { $1 }
        }
        try Inspection.check(database, holding: all)
        try database.close()
        tally.add(isReader ? "looks as a reader" : "recoveries looked at")
    }

    private mutating func take(_ report: VictimReports.Report) {
        guard case .acknowledged(let index, let number) = report else { return }
        let call = Call(
            seed: Victim.seed(of: index, seed), number: number, ids: Victim.ids(of: index))
        writers[index].possible = writers[index].possible.map { call.applied(to: $0) }
        writers[index].nextCall = number + 1
        writers[index].hasAcknowledged = true
    }

    private mutating func endCall(of index: Int, _ number: Int?) {
        guard let number else { return }
        let call = Call(
            seed: Victim.seed(of: index, seed), number: number, ids: Victim.ids(of: index))
        for content in writers[index].possible {
            let changed = call.applied(to: content)
            if !writers[index].possible.contains(changed) {
                writers[index].possible.append(changed)
            }
        }
        writers[index].nextCall = number + 1
    }
}
