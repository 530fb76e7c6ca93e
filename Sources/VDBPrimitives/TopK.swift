/// The `capacity` nearest neighbours seen so far, in a binary max-heap.
///
/// Insertion costs O(log k) when the candidate is kept and one comparison when it is not.
package struct TopK: Sendable {
    private var heap: [Neighbor] = []
    /// The number of neighbours asked for, at least 1.
    package let capacity: Int

    package init(capacity: Int) {
        precondition(capacity > 0, "top-k of \(capacity)")
        self.capacity = capacity
        heap.reserveCapacity(min(capacity, 1 << 16))
    }

    package var count: Int { heap.count }
    package var isFull: Bool { heap.count == capacity }

    /// Distances that are not below this cannot enter any more; infinity until the heap is full.
    package var threshold: Float { isFull ? heap[0].distance : .infinity }

    /// Takes `candidate` if it is among the nearest so far.
    package mutating func insert(_ candidate: Neighbor) {
        if heap.count < capacity {
            heap.append(candidate)
            siftUp(heap.count - 1)
        } else if candidate < heap[0] {
            heap[0] = candidate
            siftDown(0)
        }
    }

    /// The neighbours kept, in no order.
    package var elements: [Neighbor] { heap }

    /// The neighbours kept, nearest first.
    package func sorted() -> [Neighbor] { heap.sorted() }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[parent] < heap[child] else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var largest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[largest] < heap[child] {
                largest = child
            }
            guard largest != parent else { return }
            heap.swapAt(parent, largest)
            parent = largest
        }
    }
}
