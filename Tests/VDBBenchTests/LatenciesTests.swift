import Testing
import VDBPrimitives

@testable import vdbbench

@Suite struct LatenciesTests {
    private func microseconds(_ durations: [Double], _ shares: [Double]) -> [Double] {
        var latencies = Latencies()
        for duration in durations { latencies.add(duration / 1e6) }
        return latencies.microseconds(within: shares).map { ($0 * 1000).rounded() / 1000 }
    }

    @Test("a percentile is the shortest time within which that share of the calls ended")
    func percentiles() {
        let hundred = (1...100).map(Double.init)
        #expect(microseconds(hundred, [0.01, 0.5, 0.501, 0.99, 1]) == [1, 50, 51, 99, 100])
        #expect(microseconds([7], [0.01, 0.5, 0.99, 1]) == [7, 7, 7, 7])
        #expect(microseconds([10, 20], [0.5, 0.51]) == [10, 20])
    }

    @Test("percentiles do not depend on the order of the calls")
    func order() {
        var source = RandomSource(seed: 5)
        var durations = (1...1000).map(Double.init)
        let shares = [0.001, 0.25, 0.5, 0.95, 0.999]
        let expected = microseconds(durations, shares)
        for index in durations.indices {
            durations.swapAt(index, source.next(below: durations.count))
        }
        #expect(durations != durations.sorted())
        #expect(microseconds(durations, shares) == expected)
    }

    @Test("without calls all percentiles are 0")
    func none() { #expect(microseconds([], [0.5, 1]) == [0, 0]) }

    @Test("added latencies count like those that were there")
    func sums() {
        var one = Latencies()
        one.add(1e-6)
        var other = Latencies()
        other.add(3e-6)
        one.add(other)
        #expect(one.count == 2)
        #expect(one.cells == ["1.0", "3.0", "3.0"])
    }
}
