/// Plain memory that grows and is kept from search to search; its contents are lost as it grows.
struct Buffer<Element: BitwiseCopyable>: ~Copyable {
    private(set) var start: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init(capacity: Int = 16) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    /// Makes room for `newCapacity` elements, of which the first `count` are kept.
    mutating func grow(_ newCapacity: Int, keeping count: Int) {
        guard newCapacity > capacity else { return }
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
        capacity = newCapacity
    }

    /// Makes room for `count` elements.
    mutating func reserve(_ count: Int) {
        guard count > capacity else { return }
        start.deallocate()
        capacity = max(count, 2 * capacity)
        start = .allocate(capacity: capacity)
    }

    /// The same, but the first `kept` elements stay.
    mutating func reserve(_ count: Int, keeping kept: Int) {
        guard count > capacity else { return }
        capacity = max(count, 2 * capacity)
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        larger.update(from: start, count: kept)
        start.deallocate()
        start = larger
    }
}
