/// Lists in the order of their distance, as far as a search asks for them.
///
/// Finds the nearest few by quickselect and sorts only those; asks for more cost another round.
struct ListOrder {
    /// The distance's bits, made to sort as unsigned, above the list's index.
    private var keys: [UInt64] = []
    private var sortedCount = 0

    /// Takes the distances of all lists.
    mutating func reset(_ distances: [Float]) {
        keys.removeAll(keepingCapacity: true)
        for (index, distance) in distances.enumerated() {
            let bits = distance.bitPattern
            let ordered = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
            keys.append(UInt64(ordered) << 32 | UInt64(index))
        }
        sortedCount = 0
    }

    var count: Int { keys.count }

    /// Makes the first `count` places valid.
    mutating func sort(first count: Int) {
        let wanted = min(count, keys.count)
        guard wanted > sortedCount else { return }
        select(wanted)
        keys[sortedCount..<wanted].sort()
        sortedCount = wanted
    }

    /// The index of the list at `place`; places below the sorted count only.
    subscript(place: Int) -> Int {
        precondition(place < sortedCount, "place \(place) of \(sortedCount) sorted ones")
        return Int(keys[place] & 0xFFFF_FFFF)
    }

    /// Brings the smallest `wanted` keys to the front.
    ///
    /// C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM 4, 1961,
    /// doi:10.1145/366622.366647.
    private mutating func select(_ wanted: Int) {
        var low = sortedCount
        var high = keys.count - 1
        let target = wanted - 1
        while low < high {
            let pivot = keys[(low + high) / 2]
            var left = low
            var right = high
            while left <= right {
                while keys[left] < pivot { left += 1 }
                while keys[right] > pivot { right -= 1 }
                if left <= right {
                    keys.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if target <= right {
                high = right
            } else if target >= left {
                low = left
            } else {
                return
            }
        }
    }
}
