internal import VDBIndex
internal import VDBPrimitives

/// A query in integers, made when the first vectors of an integer type are compared.
struct QueryIntegers: ~Copyable {
    private var memory = Buffer<Int16>()
    /// What `memory` was last made for, and whether the query could be.
    private var element: ElementType?
    private var isExact = false

    /// Forgets the last query.
    mutating func reset() { element = nil }

    /// The query as integers, or nil where distances to vectors of `element` need floats.
    mutating func pointer(
        _ distance: ExactDistance, _ element: ElementType
    ) -> UnsafePointer<Int16>? {
        if self.element != element {
            self.element = element
            memory.reserve(distance.shape.dimension)
            isExact = distance.writeIntegers(element, into: memory.start)
        }
        return isExact ? UnsafePointer(memory.start) : nil
    }
}
