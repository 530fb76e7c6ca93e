#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A value behind a lock on which threads can wait for a change.
///
/// `Mutex` of the standard library cannot be waited on. Held for as long as the body runs: keep
/// bodies short.
package final class Monitor<Value: Sendable>: @unchecked Sendable {
    // @unchecked: `value` is touched only between lock and unlock of `mutex`.
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let origin = ProcessOrigin()

    package init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            // Deadlines are on the clock that never goes back.
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        // In a forked child, threads that were not copied hold the mutex and wait for ever.
        guard origin.isCurrent else { return }
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone and wakes every waiting thread.
    package func update<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Runs `body` alone; nobody is woken.
    package func read<Result, Failure: Error>(
        _ body: (borrowing Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(value)
    }

    /// Waits until `body` returns a result; it runs at once and after every update.
    ///
    /// - Parameter timeoutSeconds: gives up after so long, with nil; nil waits for ever.
    package func wait<Result>(
        timeoutSeconds: Double? = nil, _ body: (inout Value) -> Result?
    ) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let end = timeoutSeconds.map { Self.deadline(after: $0) }
        while true {
            if let result = body(&value) { return result }
            if var end {
                if pthread_cond_timedwait(condition, mutex, &end) == ETIMEDOUT {
                    return body(&value)
                }
            } else {
                pthread_cond_wait(condition, mutex)
            }
        }
    }

    private static func deadline(after seconds: Double) -> timespec {
        var time = timespec()
        #if canImport(Darwin)
            clock_gettime(CLOCK_REALTIME, &time)
        #else
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        let nanoseconds = Double(time.tv_nsec) + seconds * 1e9
        time.tv_sec += Int(nanoseconds / 1e9)
        time.tv_nsec = Int(nanoseconds.truncatingRemainder(dividingBy: 1e9))
        return time
    }
}
