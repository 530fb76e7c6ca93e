import Testing
@testable import VDBPrimitives

@Suite struct BitWordsTests {
    @Test(arguments: [0, 1, 63, 64, 65, 100, 128, 200])
    func aMaskHasItsFirstBitsAndNoOthers(count: Int) {
        for word in 0..<4 {
            let mask = UInt64(ofFirst: count, word: word)
            for bit in 0..<64 {
                #expect(mask >> UInt64(bit) & 1 == (word * 64 + bit < count ? 1 : 0))
            }
        }
    }

    @Test func setBitsComeInOrder() {
        var random = RandomSource(seed: 1)
        for word in [0, 1, .max, 1 << 63] + (0..<100).map({ _ in random.next() }) {
            var bits: [Int] = []
            word.forEachSetBit { bits.append($0) }
            #expect(bits == (0..<64).filter { word >> UInt64($0) & 1 == 1 })
        }
    }

    @Test func whatTheBodyThrowsEndsIt() {
        struct Stop: Error, Equatable {}
        var bits: [Int] = []
        #expect(throws: Stop()) {
            try UInt64.max.forEachSetBit { bit in
                if bit == 3 { throw Stop() }
                bits.append(bit)
            }
        }
        #expect(bits == [0, 1, 2])
    }
}
