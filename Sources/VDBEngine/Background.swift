internal import VDBPrimitives

/// The threads that work behind the callers' backs, and the way to end them.
final class Background: Sendable {
    private let threads = Monitor<[Thread]>([])
    private let stopping = Monitor<Bool>(false)

    var isStopping: Bool { stopping.read { $0 } }

    /// Runs `step` again and again, `idleSeconds` apart, until it says false or `stop` is called.
    func start(
        name: String, idleSeconds: Double, _ step: @escaping @Sendable () -> Bool
    ) throws(SystemFailure) {
        let stopping = stopping
        let thread = try Thread(name: name) {
            while true {
                let isStopped = stopping.wait(timeoutSeconds: idleSeconds) { $0 ? true : nil }
                if isStopped == true || !step() { return }
            }
        }
        threads.update { $0.append(thread) }
    }

    /// Ends all threads and waits for them.
    func stop() {
        stopping.update { $0 = true }
        let ended = threads.update { threads in
            defer { threads = [] }
            return threads
        }
        for thread in ended { thread.join() }
    }
}
