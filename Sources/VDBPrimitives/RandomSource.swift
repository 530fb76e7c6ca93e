/// A seeded generator: the same seed gives the same numbers on every machine.
///
/// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014, doi:10.1145/2660193.2660195).
package struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0 ..< 1 with 24 random bits.
    package mutating func nextUnit() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// A whole number in 0 ..< bound, unbiased enough for sampling (bound ≤ 2³²).
    package mutating func next(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= 1 << 32, "random number below \(bound)")
        return Int(((next() >> 32) * UInt64(bound)) >> 32)
    }

    /// `count` distinct numbers of 0 ..< bound in ascending order (all of them if count ≥ bound).
    ///
    /// Selection sampling in one pass (Knuth, The Art of Computer Programming 2, §3.4.2, S).
    package mutating func sample(_ count: Int, below bound: Int) -> [Int] {
        guard count < bound else { return Array(0..<bound) }
        var chosen: [Int] = []
        chosen.reserveCapacity(count)
        for candidate in 0..<bound where chosen.count < count {
            let needed = count - chosen.count
            if next(below: bound - candidate) < needed { chosen.append(candidate) }
        }
        return chosen
    }
}
