internal import Synchronization

/// A value that is made when it is first asked for, and kept.
///
/// Threads that ask at once may each make one; all get the first that was done.
package final class OnDemand<Value: AnyObject & Sendable>: Sendable {
    private let made = AtomicLazyReference<Value>()

    package init() {}

    package func value(_ make: () -> Value) -> Value {
        made.load() ?? made.storeIfNil(make())
    }
}
