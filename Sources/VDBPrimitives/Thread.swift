#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A thread of our own, which its owner must join exactly once.
///
/// Plain POSIX threads instead of a pool: a host process must find none of ours after it has
/// closed its last database, and a blocking `fdatasync` must not take a thread from Swift's own
/// pool.
package final class Thread: @unchecked Sendable {
    // @unchecked: `handle` never changes, and only the owner joins.
    private let handle: pthread_t

    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    package init(
        name: String, _ body: @escaping @Sendable () -> Void
    ) throws(SystemFailure) {
        let start = Unmanaged.passRetained(Start(body))
        #if canImport(Darwin)
            var created: pthread_t?
            let result = pthread_create(
                &created, nil,
                { argument in
                    Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                    return nil
                }, start.toOpaque())
            guard result == 0, let created else {
                start.release()
                throw SystemFailure(call: "pthread_create", path: name, number: result)
            }
            handle = created
        #else
            var created = pthread_t()
            let result = pthread_create(
                &created, nil,
                { argument in
                    if let argument {
                        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                    }
                    return nil
                }, start.toOpaque())
            guard result == 0 else {
                start.release()
                throw SystemFailure(call: "pthread_create", path: name, number: result)
            }
            handle = created
        #endif
    }

    /// Waits for the thread's end; a thread that says it of itself is let go instead.
    package func join() {
        if pthread_equal(handle, pthread_self()) != 0 {
            pthread_detach(handle)
        } else {
            pthread_join(handle, nil)
        }
    }
}
