/// Which list each centroid is of, and in which slot of the stored chunks it is.
///
/// Slots of lists that were merged away are free until a split takes them, so that a change of few
/// lists rewrites little. Centroids are numbered in memory in the order of their slots, without
/// the free ones: that number is a centroid's *index*.
package struct ListSlots: Sendable, Hashable {
    /// By slot, the number of the list; 0: free.
    package private(set) var slots: [UInt32]
    /// By index, the number of the list.
    package private(set) var numbers: [UInt32] = []
    /// By index, its slot.
    private(set) var slotOfIndex: [Int] = []
    private var indices: [UInt32: Int] = [:]

    /// - Parameter slots: by slot, the number of the list; 0 where there is none.
    package init(slots: [UInt32]) {
        self.slots = slots
        number()
    }

    /// Lists with consecutive numbers from `firstList` on.
    package init(firstList: UInt32, count: Int) {
        self.init(slots: (0..<UInt32(count)).map { firstList + $0 })
    }

    /// The number of lists.
    package var count: Int { numbers.count }

    /// The index of a list's centroid; nil if there is no such list.
    package func index(ofList number: UInt32) -> Int? { indices[number] }

    /// Frees the slots of some lists and gives slots to others; what is free is taken first.
    ///
    /// - Returns: the slots of `added`, in their order.
    mutating func change(removing removed: [UInt32], adding added: [UInt32]) -> [Int] {
        for number in removed {
            guard let index = indices[number] else {
                preconditionFailure("list \(number) is none of the \(count) there are")
            }
            slots[slotOfIndex[index]] = 0
        }
        var taken: [Int] = []
        var next = 0
        for number in added {
            while next < slots.count, slots[next] != 0 { next += 1 }
            if next == slots.count { slots.append(0) }
            slots[next] = number
            taken.append(next)
        }
        number()
        return taken
    }

    /// Works out what follows from the slots.
    private mutating func number() {
        numbers = []
        slotOfIndex = []
        indices = [:]
        for (slot, list) in slots.enumerated() where list != 0 {
            indices[list] = numbers.count
            numbers.append(list)
            slotOfIndex.append(slot)
        }
    }
}
