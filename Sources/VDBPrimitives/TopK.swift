/// The `capacity` nearest neighbours seen so far, in a binary max-heap.
///
/// Insertion costs O(log k) when the candidate is kept and one comparison when it is not.
package struct TopK: Sendable {
    private var heap: [Neighbor] = []
    /// The number of neighbours asked for, at least 1.
    package let capacity: Int
    /// The greatest distance that is taken at all.
    package let bound: Float

    package init(capacity: Int, bound: Float = .infinity) {
        precondition(capacity > 0, "top-k of \(capacity)")
        self.capacity = capacity
        self.bound = bound
        // How many are within a bound nobody knows.
        heap.reserveCapacity(min(capacity, bound < .infinity ? 64 : 1 << 16))
    }

    package var count: Int { heap.count }
    package var isFull: Bool { heap.count == capacity }

    /// Distances above this cannot enter any more; `bound` until the heap is full.
    package var threshold: Float { isFull ? heap[0].distance : bound }

    /// Takes `candidate` if it is among the nearest so far, and not beyond the bound.
    package mutating func insert(_ candidate: Neighbor) {
        if heap.count < capacity {
            guard candidate.distance <= bound else { return }
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
        heap.withUnsafeMutableBufferPointer { heap in
            var child = start
            let moved = heap[child]
            while child > 0 {
                let parent = (child - 1) / 2
                guard heap[parent] < moved else { break }
                heap[child] = heap[parent]
                child = parent
            }
            heap[child] = moved
        }
    }

    private mutating func siftDown(_ start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var parent = start
            let moved = heap[parent]
            while true {
                var child = 2 * parent + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count && heap[child] < heap[child + 1] { child += 1 }
                guard moved < heap[child] else { break }
                heap[parent] = heap[child]
                parent = child
            }
            heap[parent] = moved
        }
    }
}
