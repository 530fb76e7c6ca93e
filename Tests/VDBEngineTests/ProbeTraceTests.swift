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
            let estimate = 1 + Float(rank) / 100
            return ProbeTrace.Candidate(
                estimate: estimate, probe: random.next(below: Self.listCount),
                isTrue: random.next(below: 10) == 0,
                distance: estimate + Float(random.next(below: 100)) / 200 - 0.25)
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
        let rerankCounts = [1, 10, 1000]
        let outcomes = trace.outcomes(probeCount: probeCount, rerankCounts: rerankCounts)
        for (rerankCount, outcome) in zip(rerankCounts, outcomes) {
            let best = Set(estimates(trace, probeCount).prefix(rerankCount))
            let expected = trace.candidates.filter { $0.isTrue && best.contains($0.estimate) }
            // The last margin is none.
            #expect(outcome.found.last == expected.count)
            #expect(outcome.compared.last == best.count)
        }
    }

    @Test("with a margin they compare the first, and of the others what may be near enough")
    func margins() throws {
        let trace = trace(seed: 5)
        let seen = trace.candidates.filter { $0.probe < 30 }.prefix(200)
        let first = seen.prefix(RerankMargin.firstCount)
        let last = first.map(\.distance).sorted()[trace.matchCount - 1]
        let squares = first.map { ($0.estimate - $0.distance) * ($0.estimate - $0.distance) }
        let error = (squares.reduce(0, +) / Float(first.count)).squareRoot()
        let outcome = try #require(
            trace.outcomes(probeCount: 30, rerankCounts: [200]).first)
        for (margin, compared) in zip(RerankMargin.all, outcome.compared) {
            let others = seen.dropFirst(first.count).filter {
                $0.estimate < last + margin * error
            }
            #expect(compared == first.count + others.count)
        }
        #expect(outcome.compared == outcome.compared.sorted())
        #expect(outcome.compared[0] < outcome.compared[3])
    }

    @Test("the margin of a point is the one that its recall was measured with")
    func consistentMargins() {
        for recalls in [[0.9, 0.91, 0.92, 0.93], [0.968, 0.971, 0.974, 0.98] as [Float]]
            + [[0.969, 0.99, 0.992, 0.9925], [0.98, 0.991, 0.998, 0.999], [1, 1, 1, 1]]
        {
            let index = RerankMargin.consistent(recalls)
            #expect(RerankMargin.margin(recall: recalls[index]) == RerankMargin.all[index])
        }
    }
}
