internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What this process has open, and when it was forked off another.
///
/// `fork` copies memory and descriptors but neither threads nor the process number by which LMDB
/// and file locks know their owners. So nothing that was opened before a fork may be used in the
/// child; each such object remembers the process that made it (`ProcessOrigin`). In the child this
/// registry is empty again, and descriptors that hold locks are closed, so that they do not
/// outlive the parent's.
package enum ProcessRegistry {
    /// Forks between the first process that used the library and this one.
    private static let forkCount = Atomic<Int>(0)

    private struct Content {
        var open: Set<FileIdentity> = []
        var lockDescriptors: Set<Int32> = []
    }

    // A plain mutex instead of the standard library's, whose owner is a thread number that changes
    // in the child: here `fork` itself runs between lock and unlock.
    nonisolated(unsafe) private static let mutex = {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        return mutex
    }()

    /// Touched only while `mutex` is held.
    nonisolated(unsafe) private static var content = Content()

    /// Evaluated once: from then on forks are noticed. A fork takes the mutex, so that the child
    /// finds the content whole.
    private static let watchesForks: Bool = {
        _ = mutex
        return pthread_atfork(
            { pthread_mutex_lock(ProcessRegistry.mutex) },
            { pthread_mutex_unlock(ProcessRegistry.mutex) },
            {
                for number in ProcessRegistry.content.lockDescriptors { _ = close(number) }
                ProcessRegistry.content = Content()
                ProcessRegistry.forkCount.add(1, ordering: .relaxed)
                pthread_mutex_unlock(ProcessRegistry.mutex)
            }) == 0
    }()

    /// Forks so far; costs a plain load.
    static var generation: Int { forkCount.load(ordering: .relaxed) }

    static func watchForks() { _ = watchesForks }

    /// Notes that a database's directory is open; false if it was already.
    package static func insert(_ identity: FileIdentity) -> Bool {
        withContent { $0.open.insert(identity).inserted }
    }

    package static func remove(_ identity: FileIdentity) {
        withContent { _ = $0.open.remove(identity) }
    }

    package static func contains(_ identity: FileIdentity) -> Bool {
        withContent { $0.open.contains(identity) }
    }

    /// Opens a file that will hold a lock: its descriptor is closed in every child that is forked
    /// off from now on. No fork can come in between.
    static func openLock(
        _ open: () throws(SystemFailure) -> FileDescriptor
    ) throws(SystemFailure) -> FileDescriptor {
        watchForks()
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var descriptor = try open()
        descriptor.closesInChildren = true
        content.lockDescriptors.insert(descriptor.number)
        return descriptor
    }

    /// Closes the descriptor of such a file.
    static func closeLock(_ descriptor: Int32) {
        withContent { content in
            content.lockDescriptors.remove(descriptor)
            _ = close(descriptor)
        }
    }

    private static func withContent<Result>(_ body: (inout Content) -> Result) -> Result {
        watchForks()
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&content)
    }
}

/// The process that made something: a fork's child must leave it alone.
package struct ProcessOrigin: Sendable {
    private let generation: Int

    /// This process.
    package init() {
        ProcessRegistry.watchForks()
        generation = ProcessRegistry.generation
    }

    /// Whether this is still the process; costs a plain load.
    package var isCurrent: Bool { generation == ProcessRegistry.generation }
}
