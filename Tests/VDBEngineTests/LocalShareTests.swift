import Testing

@testable import VDBEngine

@Suite struct LocalShareTests {
    @Test("a root, to its power, is the number", arguments: [2, 5, 6])
    func roots(degree: Int) {
        #expect(PowerLaw.root(degree, of: 0) == 0)
        #expect(PowerLaw.root(degree, of: 1) == 1)
        for exponent in 1...300 {
            for mantissa in [1, 1.1, 1.3, 1.5, 1.7, 1.99] {
                let value = mantissa / Double(sign: .plus, exponent: exponent, significand: 1)
                let root = PowerLaw.root(degree, of: value)
                let power = (0..<degree).reduce(1) { product, _ in product * root }
                #expect(abs(power / value - 1) < 1e-5, "\(value)")
            }
        }
    }

    @Test("where matches were rare at first, a bound stays whole, and above 1")
    func rarity() {
        var local = LocalShare(seenCount: 1000, matchCount: 10)
        local.noteRarity(share: 0.01)
        #expect(!local.wasRare)
        local.noteRarity(share: 0.1)
        #expect(local.wasRare)
        local.matchCount = 500
        #expect(local.bound(0.8, share: 0.1) == 1.1)
        #expect(local.bound(1.5, share: 0.1) == 1.5)
    }

    @Test("a bound falls with the share, and never below what the filter's share makes it")
    func bounds() {
        for bound in [0.3, 0.8, 1, 1.5, 3] as [Float] {
            for share in [0.0001, 0.01, 0.3, 0.9] {
                let least = LocalShare.bound(bound, share: share)
                #expect(least <= bound)
                #expect(least >= LocalShare.bound(bound, share: share / 3))
                for (seen, matching) in [(0, 0), (100, 0), (100, 1), (100, 40), (100, 100)] {
                    let local = LocalShare(seenCount: seen, matchCount: matching)
                    let found = local.bound(bound, share: share)
                    #expect(found >= least && found <= max(bound, 1.1), "\(matching) of \(seen)")
                }
            }
            #expect(LocalShare.bound(bound, share: 1) == bound)
        }
    }
}
