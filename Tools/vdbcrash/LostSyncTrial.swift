internal import VDBMedia
internal import VDBPrimitives
internal import VectorDB

/// Power is lost some time after a sync has failed; a part of `vdbcrash power`.
///
/// What a failed sync should have made durable the operating system takes for written from then
/// on: later syncs of the same file succeed and do not write it. Whoever goes on as if nothing had
/// happened, or reads it again and builds on it, loses what is acknowledged after.
struct LostSyncTrial {
    let settings: Settings
    let scratch: Scratch
    /// States to look at.
    let count: Int

    private static let plan = Faults.Plan(trouble: .failedSync)
    /// States for each sync that fails.
    private static let statesPerSync = 6

    func run(_ tally: inout Tally) throws {
        // 1. How many syncs there are.
        var sound = FailRun(root: try scratch.empty("files"), seed: settings.seed, plan: Self.plan)
        try sound.run(failing: 0)

        // 2. Some of them fail.
        var random = RandomSource(seed: settings.seed)
        let syncCount = sound.effectCount
        for number in random.sample(max(1, count / Self.statesPerSync), below: syncCount) {
            var run = FailRun(
                root: try scratch.empty("files"), seed: settings.seed, plan: Self.plan,
                isRecording: true)
            try run.run(failing: number + 1)
            try losePower(
                in: Faults.trace(), run.moments, number, failed: run.firstFailure ?? "", &tally)
        }
    }

    private func losePower(
        in trace: [Effect], _ moments: [FailRun.Moment], _ number: Int, failed: String,
        _ tally: inout Tally
    ) throws {
        guard let failure = trace.firstIndex(where: \.isFailure) else { return }
        let points = CrashPoints(
            of: Array(trace[failure...]), count: Self.statesPerSync,
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
                    "sync \(number + 1) (\(failed)) failed at effect \(failure); "
                        + "\(point) from there: \(violation.what)")
            }
            tally.add("losses of power after a failed sync")
        }
    }
}

extension Effect {
    fileprivate var isFailure: Bool {
        if case .syncFailed = self { true } else { false }
    }
}
