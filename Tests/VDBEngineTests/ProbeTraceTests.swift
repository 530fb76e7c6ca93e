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
        for rerankCount in [8, 40, 200] {
            let outcomes = trace.outcomes(bounds: bounds, rerankCount: rerankCount) { $0 }
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

    @Test("they find what is among the best of their lists", arguments: [1, 3, 17, 40])
    func found(probeCount: Int) {
        let trace = trace(seed: 9)
        for rerankCount in [1, 10, 1000] {
            let best = Set(estimates(trace, probeCount).prefix(rerankCount))
            let expected = trace.candidates.filter { $0.isTrue && best.contains($0.estimate) }
            let outcome = trace.outcome(probeCount: probeCount, rerankCount: rerankCount)
            #expect(outcome.found == expected.count)
        }
    }
}
