internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The signal that asked the tool to stop, 0 while there was none.
///
/// A global, since a signal handler has nothing else to write to.
private let receivedSignal = Atomic<Int32>(0)

/// Ctrl-C (SIGINT) and SIGTERM as a question to be asked at safe points.
///
/// The second signal ends the process at once, which the database survives like any other end.
enum Interruption {
    /// From now on the first signal is only noted.
    static func beginWatching() {
        receivedSignal.store(0, ordering: .relaxed)
        var action = sigaction()
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = { receivedSignal.store($0, ordering: .relaxed) }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        #else
            action.__sigaction_handler.sa_handler = {
                receivedSignal.store($0, ordering: .relaxed)
            }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        #endif
        // Whoever started us from a thread that blocks signals has left us its mask.
        var watched = sigset_t()
        sigemptyset(&watched)
        for number in [SIGINT, SIGTERM] {
            sigaction(number, &action, nil)
            sigaddset(&watched, number)
        }
        pthread_sigmask(SIG_UNBLOCK, &watched, nil)
    }

    /// The exit code of having been stopped, or nil if nobody asked.
    static var requested: ExitCode? {
        switch receivedSignal.load(ordering: .relaxed) {
        case 0: nil
        case SIGTERM: .terminated
        default: .interrupted
        }
    }
}
