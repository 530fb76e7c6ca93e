import Testing
import VDBPrimitives

@testable import VDBEngine

@Suite("What shorter searches would have found")
struct ProbeTraceTests {
    private static let listCount = 40
    private static let candidateCount = 300

    /// Lists at rising distances, and candidates anywhere in them.
    private func trace(seed: UInt64) -> ProbeTrace {
        var random = RandomSource(seed: seed)
        let candidates = (0..<Self.candidateCount).map { rank in
            ProbeTrace.Candidate(
                estimate: 1 + Float(rank) / 100, probe: random.next(below: Self.listCount),
                isTrue: random.next(below: 10) == 0)
        }
        return ProbeTrace(
            candidates: candidates, bases: (0..<Self.listCount).map { 1 + Float($0) / 10 },
            entryCounts: (1...Self.listCount).map { $0 * 7 })
    }

    /// The estimates in the first lists, ascending.
    private func estimates(_ trace: ProbeTrace, _ probeCount: Int) -> [Float] {
        trace.candidates.filter { $0.probe < probeCount }.map(\.estimate).sorted()
    }

    @Test("they end at the first list beyond the bound", arguments: 1...4 as ClosedRange<UInt64>)
    func ends(seed: UInt64) {
        let trace = trace(seed: seed)
        let bounds: [Float] = [0.1, 0.5, 1, 1.5, 2, 100]
        let rerankCounts = [8, 40, 200]
        let all = trace.outcomes(bounds: bounds, rerankCounts: rerankCounts) { $0 }
        for (rerankCount, outcomes) in zip(rerankCounts, all) {
            #expect(outcomes.count == bounds.count)
            for (bound, outcome) in zip(bounds, outcomes) {
                let known = rerankCount + rerankCount / 4
                let expected = (1..<Self.listCount).first { probe in
                    let seen = estimates(trace, probe)
                    return seen.count >= known && trace.bases[probe] > bound * seen[known - 1]
                }
                #expect(outcome.probeCount == expected ?? Self.listCount)
                #expect(outcome.scannedCount == 7 * outcome.probeCount)
            }
            #expect(outcomes.map(\.probeCount) == outcomes.map(\.probeCount).sorted())
        }
    }

    @Test(
        "they find what is among the best of their lists", arguments: 9...12 as ClosedRange<UInt64>)
    func found(seed: UInt64) {
        let trace = trace(seed: seed)
        let (probeCounts, rerankCounts) = ([1, 3, 17, 40], [1, 10, 1000])
        let all = trace.outcomes(probeCounts: probeCounts, rerankCounts: rerankCounts)
        for (rerankCount, outcomes) in zip(rerankCounts, all) {
            #expect(outcomes.map(\.probeCount) == probeCounts)
            for (probeCount, outcome) in zip(probeCounts, outcomes) {
                #expect(outcome.found == due(trace, probeCount, rerankCount))
            }
        }
    }

    @Test("those that end at a bound find as much as those of as many lists")
    func foundWithin() {
        let trace = trace(seed: 5)
        let rerankCounts = [1, 8, 40, 512]
        let all = trace.outcomes(bounds: [0.3, 0.8, 2, 9], rerankCounts: rerankCounts) { $0 }
        for (rerankCount, outcomes) in zip(rerankCounts, all) {
            for outcome in outcomes {
                #expect(outcome.found == due(trace, outcome.probeCount, rerankCount))
            }
        }
    }

    private func due(_ trace: ProbeTrace, _ probeCount: Int, _ rerankCount: Int) -> Int {
        let best = Set(estimates(trace, probeCount).prefix(rerankCount))
        return trace.candidates.filter { $0.isTrue && best.contains($0.estimate) }.count
    }
}
