import Testing
import VDBPrimitives

@testable import VDBLog

@Suite("Crashes") struct PowerLossTests {
    /// A run of appends, syncs, new segments and removals, up to the `deadCall`-th call that
    /// changes something; from there on every call fails.
    private struct Run {
        let store = MemoryStore()
        /// Durable, and so under `everyCommit` acknowledged.
        var acknowledged = LogPosition.none
        var applied = LogPosition.none
        var appended = LogPosition.none
        private(set) var isComplete = false

        init(
            seed: UInt64, durability: Durability = .everyCommit, deadCall: Int,
            failure: Int32, once: Bool
        ) throws {
            let directory = LogDirectory(store)
            try directory.create()
            let calls = SharedCounter()
            store.setFault { call, _ in
                guard call.isEffect else { return nil }
                let number = calls.increment()
                return number == deadCall || (number > deadCall && !once) ? failure : nil
            }
            do throws(LogError) {
                try work(directory, durability, RandomSource(seed: seed))
                isComplete = true
            } catch {
                // Dead at that call.
            }
            store.clearFault()
        }

        private mutating func work(
            _ directory: LogDirectory, _ durability: Durability, _ source: RandomSource
        ) throws(LogError) {
            var random = source
            let writer = try LogWriter(
                directory, durability: durability, segmentSize: 700, bufferSize: 2000,
                after: .none)
            for _ in 0..<12 {
                for _ in 0...random.next(below: 4) {
                    let payload = Self.payload(appended.next)
                    appended = try writer.append(payload)
                }
                try writer.sync(through: appended)
                acknowledged = writer.status.synced
                if random.next(below: 4) == 0 {
                    // Checkpoints never go back.
                    let reached = UInt64(random.next(below: Int(appended.rawValue)) + 1)
                    applied = max(applied, LogPosition(reached))
                    try writer.removeSegments(below: applied.next)
                }
            }
            try writer.close()
        }

        static func payload(_ position: LogPosition) -> [UInt8] {
            let size = Int(position.rawValue * 97 % 400)
            return (0..<size).map { UInt8(truncatingIfNeeded: $0 + Int(position.rawValue)) }
        }

        /// Opens what is left and compares it with what had been acknowledged.
        func check(_ left: MemoryStore, _ comment: Comment) throws {
            let directory = LogDirectory(left)
            let writer = try LogWriter(directory, after: applied)
            let last = writer.recovery.last
            #expect(last >= max(acknowledged, applied), comment)
            #expect(last <= appended, comment)
            let records = try directory.records(after: applied)
            let positions =
                applied < last
                ? Array(applied.next.rawValue...last.rawValue) : []
            #expect(records.map(\.position.rawValue) == positions, comment)
            for record in records {
                #expect(record.payload == Self.payload(record.position), comment)
            }
            // And it can be written again.
            let next = try writer.append([7])
            try writer.close()
            #expect(try directory.records(after: applied).last?.position == next, comment)
        }
    }

    @Test(
        "after a loss of power at any call all that was synced is there, in order",
        arguments: UInt64(1)...4, [Durability.everyCommit, .operatingSystem])
    func powerLoss(seed: UInt64, durability: Durability) throws {
        var random = RandomSource(seed: seed)
        for deadCall in 0..<200 {
            let run = try Run(
                seed: seed, durability: durability, deadCall: deadCall,
                failure: inputOutputError, once: false)
            for state in 0..<4 {
                try run.check(
                    run.store.afterPowerLoss(&random), "seed \(seed), call \(deadCall), \(state)")
            }
            if run.isComplete { return }
        }
        Issue.record("the run never came to its end")
    }

    @Test(
        "after any call has failed, once or for good, reopening finds what was acknowledged",
        arguments: [inputOutputError, noRoom], [true, false])
    func failingCalls(failure: Int32, once: Bool) throws {
        for deadCall in 0..<200 {
            let run = try Run(seed: 9, deadCall: deadCall, failure: failure, once: once)
            try run.check(
                MemoryStore(files: run.store.files), "call \(deadCall), errno \(failure)")
            if run.isComplete { return }
        }
        Issue.record("the run never came to its end")
    }
}
