/// Runs `body(0) … body(count − 1)` on up to `threads` threads and waits for all.
///
/// The threads live only for this call, so that none is left when the last database is closed.
/// Which thread runs which index is not determined: results must not depend on it. A thread that
/// cannot be started is done without.
package func parallelFor(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    let workerCount = min(threads, count)
    guard workerCount > 1 else {
        for index in 0..<max(count, 0) { body(index) }
        return
    }
    withoutActuallyEscaping(body) { escaping in
        let next = SharedCounter()
        let run: @Sendable () -> Void = {
            while true {
                let index = next.increment()
                guard index < count else { return }
                escaping(index)
            }
        }
        var helpers: [Thread] = []
        for _ in 1..<workerCount {
            if let helper = try? Thread(name: "vdb-parallel", run) { helpers.append(helper) }
        }
        run()
        for helper in helpers { helper.join() }
    }
}
