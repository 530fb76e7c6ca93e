internal import VDBMedia
internal import VDBPrimitives
internal import VectorDB

/// What a loss of power, or a kill, has left, and what must be true of it.
struct PowerState {
    let tree: FileTree
    /// After a kill: the disk, on which much of `tree` is not durable yet.
    var medium: Medium?
    /// One of these must be found.
    let possible: [Content]
    /// One of these must be found if power is lost before it has been opened.
    var lasting: [Content]?
    /// Whether the database had been acknowledged as created.
    let mustBeThere: Bool
    /// The number of the call that comes after the first of `possible`.
    let nextCall: Int
    /// Of the calls.
    let callSeed: UInt64
    /// Of what is looked at here.
    let seed: UInt64
    let durability: Durability
    /// Whether power was lost while another state was looked at.
    var isInner = false

    /// Losses of power looked at while this state is opened and used: many where little is there,
    /// since a database is created only once in a course.
    private var innerCount: Int { mustBeThere ? 3 : 12 }

    /// Opens it and checks everything. Every fourth state loses power again meanwhile, since what
    /// recovers must be recoverable.
    func look(in scratch: Scratch, _ tally: inout Tally) throws {
        let root = try scratch.empty("files")
        try tree.write(to: root)
        let isRecording = !isInner && (medium != nil || seed % 4 == 0)
        Faults.begin(at: root, isRecording: isRecording)
        defer { Faults.end() }
        guard let found = try use(at: root + "/database") else {
            tally.add("states without a database")
            return
        }
        guard isRecording else { return }
        Faults.end()
        try loseAgain(Faults.trace(), found, scratch, &tally)
    }

    /// Checks the database and writes to it; what was found, or nil if there was none.
    private func use(at path: String) throws -> Content? {
        let options = Inspection.options(durability)
        guard let database = try open(at: path, options) else {
            let made = try create(at: path, options)
            Faults.mark(.created)
            try made.close()
            return nil
        }
        let found = try Inspection.content(of: database, ids: Script.ids)
        guard possible.contains(found) else {
            let closest = possible.last ?? [:]
            throw Violation(
                "none of \(possible.count) possible contents is found: "
                    + Inspection.difference(found, from: closest))
        }
        Faults.mark(.durable(1))
        try Inspection.check(database, holding: found)
        Faults.mark(.begun(2))
        try Inspection.goOn(
            database, at: path, with: call(after: found), from: found, ids: Script.ids,
            options: options)
        Faults.mark(.durable(2))
        return found
    }

    /// The call that is made on it: the one that was lost, as a program would repeat it, so that
    /// its record takes the same place in the log.
    private func call(after found: Content) -> Call {
        let index = possible.firstIndex(of: found) ?? 0
        return Call(seed: callSeed, number: nextCall + index, ids: Script.ids)
    }

    /// Opens the database; nil if there is none and need not be.
    private func open(at path: String, _ options: Options) throws -> Database? {
        do {
            return try Database.open(at: path, options: options)
        } catch {
            guard !mustBeThere else { throw Violation("it cannot be opened: \(error)") }
            return nil
        }
    }

    private func create(at path: String, _ options: Options) throws -> Database {
        do {
            return try Database.create(at: path, schema: Call.schema(), options: options)
        } catch {
            throw Violation("it can neither be opened nor created: \(error)")
        }
    }

    /// Loses power during what `use` did.
    private func loseAgain(
        _ trace: [Effect], _ found: Content, _ scratch: Scratch, _ tally: inout Tally
    ) throws {
        let points = CrashPoints(of: trace, count: innerCount, seed: seed)
        for point in points.points {
            var disk = medium ?? Medium(tree)
            disk.beginTrace()
            var progress = Progress()
            for (index, effect) in trace.prefix(point.position).enumerated() {
                let isLast = index == point.position - 1
                disk.apply(effect, isUnderWay: isLast && point.isUnderWay)
                progress.follow(effect)
            }
            let after = call(after: found).applied(to: found)
            let index = possible.firstIndex(of: found) ?? 0
            let (contents, number): ([Content], Int) =
                switch (progress.durable, progress.begun) {
                case (0, _): (lasting ?? possible, nextCall)
                case (1, 0): ([found], nextCall + index)
                case (1, _): ([found, after], nextCall + index)
                default: ([after], nextCall + index + 1)
                }
            let state = PowerState(
                tree: disk.afterPowerLoss(point.choice), possible: contents,
                mustBeThere: mustBeThere || medium == nil || progress.durable > 0,
                nextCall: number, callSeed: callSeed, seed: seed, durability: durability,
                isInner: true)
            do {
                try state.look(in: scratch, &tally)
            } catch let violation as Violation {
                throw Violation("opened, and then lost power \(point): \(violation.what)")
            }
            tally.add(
                medium == nil
                    ? "losses of power during recovery" : "losses of power after a kill")
        }
    }
}
