import Testing
import VDBMedia
import VDBPrimitives

/// Whether the moments that are looked at find programs that promise too much.
@Suite("Moments of losing power")
struct CrashPointTests {
    /// A program that keeps records of one byte in a file, and marks how many it promises.
    private struct Program {
        var syncsFile = true
        var syncsDirectory = true
        var promisesFirst = false

        var trace: [Effect] {
            var trace: [Effect] = [.createFile(1, parent: 0, name: "log")]
            if syncsDirectory { trace.append(.syncDirectory(0)) }
            for count in 1...20 {
                let promise = Effect.mark(count)
                trace.append(
                    .write(1, offset: count - 1, bytes: [UInt8(count)], isDurable: false))
                if promisesFirst { trace.append(promise) }
                if syncsFile { trace.append(.syncFile(1)) }
                if !promisesFirst { trace.append(promise) }
            }
            return trace
        }
    }

    /// Points at which what was promised is not there.
    private func violations(of trace: [Effect], count: Int = 60, seed: UInt64) -> [CrashPoint] {
        // The points are in order: the disk is moved along the trace once.
        var medium = Medium()
        var promised = 0
        var position = 0
        return CrashPoints(of: trace, count: count, seed: seed).points.filter { point in
            while position < point.position - (point.isUnderWay ? 1 : 0) {
                medium.apply(trace[position])
                if case .mark(let count) = trace[position] { promised = count }
                position += 1
            }
            var last = medium
            if point.isUnderWay { last.apply(trace[position], isUnderWay: true) }
            let left = last.afterPowerLoss(point.choice).files["log"] ?? []
            return Array(left.prefix(promised)) != (0..<promised).map { UInt8($0 + 1) }
        }
    }

    @Test("a program that syncs before it promises is never caught", arguments: 1...20)
    func sound(seed: UInt64) {
        #expect(violations(of: Program().trace, count: 400, seed: seed) == [])
    }

    @Test("one that promises without a sync is caught", arguments: 1...20)
    func unsynced(seed: UInt64) {
        #expect(violations(of: Program(syncsFile: false).trace, seed: seed) != [])
    }

    @Test("one that promises right before the sync is caught", arguments: 1...20)
    func early(seed: UInt64) {
        #expect(violations(of: Program(promisesFirst: true).trace, seed: seed) != [])
    }

    @Test("one that never syncs the directory is caught", arguments: 1...20)
    func directory(seed: UInt64) {
        #expect(violations(of: Program(syncsDirectory: false).trace, seed: seed) != [])
    }

    @Test("right before and right after everything that syncs are among them")
    func aroundSyncs() {
        let trace = Program().trace
        let points = CrashPoints(of: trace, count: 120, seed: 1).points
        #expect(points.count >= 120)
        for (index, effect) in trace.enumerated() where effect.isSync {
            for position in [index, index + 1] {
                let manners = points.filter { $0.position == position }.map(\.manner)
                #expect(manners.contains(.dropped), "effect \(position)")
                #expect(manners.contains(.mixed), "effect \(position)")
            }
        }
    }

    @Test("they are as many as asked for, in order, and the same for the same seed")
    func reproducible() {
        let trace = Program().trace
        let points = CrashPoints(of: trace, count: 30, seed: 5).points
        #expect(points.count == 30)
        #expect(points.map(\.position) == points.map(\.position).sorted())
        #expect(points == CrashPoints(of: trace, count: 30, seed: 5).points)
        #expect(points != CrashPoints(of: trace, count: 30, seed: 6).points)
    }
}
