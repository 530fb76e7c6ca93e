internal import Synchronization

/// A counter that threads share.
package final class SharedCounter: Sendable {
    private let value: Atomic<Int>

    package init(_ start: Int = 0) { value = Atomic(start) }

    /// Adds one and returns what was there before.
    package func increment() -> Int {
        value.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    package var current: Int { value.load(ordering: .relaxed) }
}
