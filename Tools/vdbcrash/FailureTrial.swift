internal import VDBMedia
internal import VDBPrimitives
internal import VectorDB

/// Power is lost some time after a sync has failed, or there was no room; a part of
/// `vdbcrash power`.
///
/// What a failed sync should have made durable the operating system takes for written from then
/// on: later syncs of the same file succeed and do not write it. Whoever goes on as if nothing had
/// happened, or reads it again and builds on it, loses what is acknowledged after. And the half of
/// a record for which there was no room must not come back behind what is written in its place.
struct FailureTrial {
    let settings: Settings
    let scratch: Scratch
    /// States to look at.
    let count: Int

    private static let plans = [
        Faults.Plan(trouble: .failedSync), Faults.Plan(trouble: .noRoom, leavesHalves: true),
    ]
    /// States for each run in which something fails.
    private static let statesPerRun = 6

    func run(_ tally: inout Tally) throws {
        for plan in Self.plans { try run(plan, &tally) }
    }

    private func run(_ plan: Faults.Plan, _ tally: inout Tally) throws {
        // 1. How many calls can fail.
        var sound = FailRun(root: try scratch.empty("files"), seed: settings.seed, plan: plan)
        try sound.run(failing: 0)

        // 2. Some of them do.
        var random = RandomSource(seed: settings.seed)
        let runCount = max(1, count / Self.statesPerRun / Self.plans.count)
        for number in random.sample(runCount, below: sound.effectCount) {
            var run = FailRun(
                root: try scratch.empty("files"), seed: settings.seed, plan: plan,
                isRecording: true)
            try run.run(failing: number + 1)
            do {
                try losePower(in: Faults.trace(), run.moments, number, plan, &tally)
            } catch let violation as Violation {
                throw Violation(
                    "\(plan), call \(number + 1) (\(run.firstFailure ?? "")), \(violation.what)")
            }
        }
    }

    private func losePower(
        in trace: [Effect], _ moments: [FailRun.Moment], _ number: Int,
        _ plan: Faults.Plan, _ tally: inout Tally
    ) throws {
        guard let failure = trace.firstIndex(of: .failed) else { return }
        let points = CrashPoints(
            of: Array(trace[failure...]), count: Self.statesPerRun,
            seed: settings.seed &+ UInt64(number))
        for (index, point) in points.points.enumerated() {
            var medium = Medium()
            var moment = 0
            let end = failure + point.position
            for (position, effect) in trace.prefix(end).enumerated() {
                medium.apply(effect, isUnderWay: point.isUnderWay && position == end - 1)
                if case .mark(let value) = effect { moment = value }
            }
            let promised = moments[moment]
            let state = PowerState(
                tree: medium.afterPowerLoss(point.choice), possible: promised.possible,
                mustBeThere: promised.isCreated, nextCall: promised.callCount,
                callSeed: settings.seed, seed: settings.seed &+ UInt64(number * 8 + index),
                durability: .everyCommit)
            do {
                try state.look(in: scratch, &tally)
            } catch let violation as Violation {
                throw Violation(
                    "failed at effect \(failure), and then \(point): \(violation.what)")
            }
            tally.add(
                "losses of power after \(plan.isLackOfRoom ? "a full disk" : "a failed sync")")
        }
    }
}
