internal import VDBMedia
internal import VDBPrimitives
internal import VectorDB

/// Loses power at moments of a recorded course of events and looks at what is left:
/// `vdbcrash power`.
///
/// The course is recorded once for each durability. For each moment a state of the disk is made
/// that a loss of power may leave (see `Medium`), written to files and opened.
struct PowerTrial {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    /// Which durabilities, and how much of the states each gets.
    private static let parts: [(durability: Durability, share: Int)] = [
        (.everyCommit, 50), (.operatingSystem, 40), (.interval(milliseconds: 1), 10),
    ]

    func run() throws -> Tally {
        guard Faults.isWorking else { throw HarnessFailure("system calls do not arrive here") }
        let scratch = try Scratch(in: settings.directory, "power")
        var tally = Tally()
        var number = 0
        let count = settings.count ?? 400
        for (durability, share) in Self.parts {
            let course = try Recording.make(
                at: try scratch.empty("files"), seed: settings.seed, durability: durability)
            tally.add("recorded effects", course.trace.count)
            let points = CrashPoints(
                of: course.trace, count: count * share / 100, seed: settings.seed)
            try lose(
                power: points, of: course, &number, scratch: scratch, durability, &tally)
        }
        if settings.number == nil {
            do {
                try FailureTrial(settings: settings, scratch: scratch, count: count / 5)
                    .run(&tally)
            } catch let violation as Violation {
                throw violation.keeping(
                    scratch.path,
                    again: "vdbcrash power --seed=\(settings.seed) --count=\(count)")
            }
        }
        try scratch.remove()
        return tally
    }

    private func lose(
        power points: CrashPoints, of course: Recording, _ number: inout Int, scratch: Scratch,
        _ durability: Durability, _ tally: inout Tally
    ) throws {
        var medium = Medium()
        var progress = Progress()
        var position = 0
        for point in points.points {
            let target = point.isUnderWay ? point.position - 1 : point.position
            while position < target {
                medium.apply(course.trace[position])
                progress.follow(course.trace[position])
                position += 1
            }
            var left = medium
            if point.isUnderWay { left.apply(course.trace[target], isUnderWay: true) }
            number += 1
            if let wanted = settings.number, wanted != number { continue }
            let state = state(left, point, course, progress, durability, number)
            do {
                try state.look(in: scratch, &tally)
            } catch let violation as Violation {
                throw Violation("\(point), \(durability): \(violation.what)").keeping(
                    scratch.path,
                    again: "vdbcrash power --seed=\(settings.seed) --count="
                        + "\(settings.count ?? 400) --number=\(number)")
            }
            tally.add(state.medium == nil ? "losses of power" : "simulated kills")
            let last = point.position > 0 ? course.trace[point.position - 1].name : "nothing"
            tally.add("after \(last)")
        }
    }

    /// What is left at a point: every fifth time, and after a renaming now and then, the process
    /// alone has died, and power is lost later.
    private func state(
        _ left: Medium, _ point: CrashPoint, _ course: Recording, _ progress: Progress,
        _ durability: Durability, _ number: Int
    ) -> PowerState {
        let effect = point.position > 0 ? course.trace[point.position - 1].name : ""
        let isKill = number % 5 == 0 || (effect == "rename" && point.manner == .mixed)
        let lasting = course.possible(at: progress, durability)
        let possible = isKill ? course.possible(at: progress, .everyCommit) : lasting
        return PowerState(
            tree: isKill ? left.tree : left.afterPowerLoss(point.choice),
            medium: isKill ? left : nil, possible: possible, lasting: isKill ? lasting : nil,
            mustBeThere: progress.isCreated, nextCall: progress.begun + 1 - possible.count,
            callSeed: settings.seed, seed: settings.seed &+ UInt64(number),
            durability: durability)
    }
}
