internal import VDBPrimitives

/// Makes every system call of a course of events fail, one run for each: `vdbcrash fail`.
struct FailTrial {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    private static let plans: [Faults.Plan] = [Faults.Plan.Trouble.inputOutputError, .noRoom]
        .flatMap {
            trouble in
            [(false, false), (true, false), (false, true), (true, true)].map { manner in
                Faults.Plan(trouble: trouble, isForGood: manner.0, leavesHalves: manner.1)
            }
        }

    func run() throws -> Tally {
        guard Faults.isWorking else { throw HarnessFailure("system calls do not arrive here") }
        let scratch = try Scratch(in: settings.directory, "fail")
        var tally = Tally()

        // 1. How many calls there are to fail, for want of room or not.
        var effectCounts: [Bool: Int] = [:]
        var cases: [(plan: Faults.Plan, number: Int)] = []
        for plan in Self.plans {
            if effectCounts[plan.isLackOfRoom] == nil {
                var run = FailRun(root: try scratch.empty("files"), seed: settings.seed, plan: plan)
                try run.run(failing: 0)
                effectCounts[plan.isLackOfRoom] = run.effectCount
            }
            cases += (1...(effectCounts[plan.isLackOfRoom] ?? 1)).map { (plan, $0) }
        }
        tally.add("calls that can fail", cases.count)

        // 2. Each of them, or some spread over all.
        var chosen = Array(cases.indices)
        if let number = settings.number {
            chosen = [min(number, cases.count - 1)]
        } else if let count = Optional(settings.count ?? 400), count < cases.count {
            var random = RandomSource(seed: settings.seed)
            chosen = random.sample(count, below: cases.count)
        }
        for index in chosen {
            let (plan, number) = cases[index]
            var run = FailRun(root: try scratch.empty("files"), seed: settings.seed, plan: plan)
            do {
                try run.run(failing: number)
            } catch let violation as Violation {
                let what = "call \(number), \(run.firstFailure ?? "none"), with \(plan): "
                throw Violation(what + violation.what).keeping(
                    scratch.path,
                    again: "vdbcrash fail --seed=\(settings.seed) --number=\(index)")
            }
            tally.add("failing calls")
            tally.add(run.tally)
        }
        try scratch.remove()
        return tally
    }
}

/// The harness itself could not do its work.
struct HarnessFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
