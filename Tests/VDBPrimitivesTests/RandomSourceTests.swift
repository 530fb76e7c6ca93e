import Testing

@testable import VDBPrimitives

@Suite struct RandomSourceTests {
    @Test("the numbers are those of SplitMix64's reference implementation")
    func knownNumbers() {
        var random = RandomSource(seed: 1_234_567)
        let numbers = (0..<5).map { _ in random.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973,
                9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ])
    }

    @Test("the same seed gives the same numbers, another seed others")
    func determinism() {
        func numbers(_ seed: UInt64) -> [UInt64] {
            var random = RandomSource(seed: seed)
            return (0..<100).map { _ in random.next() }
        }
        #expect(numbers(1) == numbers(1))
        #expect(numbers(1) != numbers(2))
    }

    @Test(
        "numbers below a bound stay below it and reach both halves",
        arguments: [1, 2, 3, 1000, 1 << 31, (1 << 32) - 1, 1 << 32])
    func bounded(bound: Int) {
        var random = RandomSource(seed: 6)
        let numbers = (0..<200).map { _ in random.next(below: bound) }
        #expect(numbers.allSatisfy { (0..<bound).contains($0) })
        #expect(numbers.contains { $0 < (bound + 1) / 2 })
        #expect(bound == 1 || numbers.contains { $0 >= bound / 2 })
    }

    @Test("a small bound's numbers come about equally often")
    func uniform() {
        var random = RandomSource(seed: 10)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<7000 { counts[random.next(below: 7)] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
    }

    @Test("unit numbers lie in 0 ..< 1")
    func unit() {
        var random = RandomSource(seed: 2)
        let numbers = (0..<1000).map { _ in random.nextUnit() }
        #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(numbers.contains { $0 < 0.1 })
        #expect(numbers.contains { $0 > 0.9 })
    }

    @Test(
        "a sample is distinct, ascending, in range and of the size asked for",
        arguments: [(0, 10), (1, 1), (1, 1000), (10, 1000), (999, 1000), (1000, 1000)])
    func sample(count: Int, bound: Int) {
        var random = RandomSource(seed: 5)
        let numbers = random.sample(count, below: bound)
        #expect(numbers.count == count)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(numbers.allSatisfy { (0..<bound).contains($0) })
        var again = RandomSource(seed: 5)
        let repeated = again.sample(count, below: bound)
        #expect(repeated == numbers)
    }

    @Test("a sample larger than the range is the whole range")
    func everything() {
        var random = RandomSource(seed: 5)
        let numbers = random.sample(20, below: 10)
        #expect(numbers == Array(0..<10))
    }

    @Test("every number is sampled about equally often")
    func fairSample() {
        var random = RandomSource(seed: 12)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<2000 {
            for number in random.sample(3, below: 10) { counts[number] += 1 }
        }
        #expect(counts.allSatisfy { (500...700).contains($0) })
    }
}
