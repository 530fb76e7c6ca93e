import Testing

@testable import VDBPrimitives

@Suite struct TopKTests {
    @Test(
        "the heap keeps what sorting everything would put first",
        arguments: [1, 2, 3, 7, 10, 100, 999, 1000, 1001])
    func agreesWithSorting(capacity: Int) {
        var random = RandomSource(seed: UInt64(capacity))
        // Few distinct distances, so that ties are common.
        let candidates = (0..<1000).map {
            Neighbor(distance: Float(random.next(below: 50)) - 25, row: UInt32($0))
        }.shuffled(using: &random)
        var heap = TopK(capacity: capacity)
        for candidate in candidates { heap.insert(candidate) }
        let expected = Array(candidates.sorted().prefix(capacity))
        #expect(heap.sorted() == expected)
        #expect(Set(heap.elements) == Set(expected))
        #expect(heap.count == min(capacity, 1000))
        #expect(heap.isFull == (capacity <= 1000))
    }

    @Test("the threshold is infinite until the heap is full, then the worst distance kept")
    func threshold() {
        var random = RandomSource(seed: 3)
        var heap = TopK(capacity: 5)
        var seen: [Float] = []
        for row in 0..<100 as Range<UInt32> {
            let expected = seen.count < 5 ? Float.infinity : seen.sorted()[4]
            #expect(heap.threshold == expected)
            let distance = random.nextUnit()
            seen.append(distance)
            heap.insert(Neighbor(distance: distance, row: row))
        }
    }

    @Test("equal distances are ordered by row, whatever the order of arrival")
    func ties() {
        var heap = TopK(capacity: 3)
        for row in [9, 2, 7, 1, 8, 3] as [UInt32] {
            heap.insert(Neighbor(distance: 1, row: row))
        }
        #expect(heap.sorted().map(\.row) == [1, 2, 3])
    }

    @Test("nothing beyond the bound is taken, and what is at it is", arguments: [1, 3, 100])
    func bound(capacity: Int) {
        var heap = TopK(capacity: capacity, bound: 5)
        for (row, distance) in ([9, 5, 7, 3, 5.1, .infinity, 4] as [Float]).enumerated() {
            #expect(heap.threshold <= 5)
            heap.insert(Neighbor(distance: distance, row: UInt32(row)))
        }
        #expect(heap.sorted().map(\.distance) == Array([3, 4, 5].prefix(capacity)))
    }
}
