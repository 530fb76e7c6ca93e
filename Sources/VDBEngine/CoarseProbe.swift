package import VDBQuantizers

/// The order of the lists that a search would take, by itself: for measuring and tests.
package final class CoarseProbe {
    private var order = ListOrder()

    package init() {}

    /// The indices of the `count` nearest lists to a query [d], nearest first.
    ///
    /// - Parameter steps: how many are asked for before that, one time after the other.
    package func nearest(
        _ count: Int, to query: ArraySlice<Float>, _ coarse: CoarseQuantizer,
        after steps: [Int] = []
    ) -> [Int] {
        query.withUnsafeBufferPointer { query in
            guard let start = query.baseAddress else { return [] }
            order.reset(start, coarse)
            for step in steps + [count] { order.order(first: step, coarse) }
            return (0..<min(count, order.validCount)).map { order[$0] }
        }
    }
}
