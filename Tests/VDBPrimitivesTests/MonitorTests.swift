import Testing

@testable import VDBPrimitives

@Suite struct MonitorTests {
    private struct Refused: Error, Equatable {}

    @Test("updates from many threads do not lose each other")
    func exclusion() {
        let monitor = Monitor(0)
        parallelFor(4000, threads: 4) { _ in monitor.update { $0 += 1 } }
        #expect(monitor.read { $0 } == 4000)
    }

    @Test("a waiting thread sees the update that it waits for")
    func waitForUpdate() throws {
        let monitor = Monitor<[Int]>([])
        let writer = try Thread(name: "writer") {
            for number in 0..<100 { monitor.update { $0.append(number) } }
        }
        let seen: [Int]? = monitor.wait { $0.count == 100 ? $0 : nil }
        writer.join()
        #expect(seen == Array(0..<100))
    }

    @Test("two threads pass a turn to and fro by waiting for each other")
    func turns() throws {
        let monitor = Monitor((turn: 0, log: [Int]()))
        @Sendable func take(_ own: Int) {
            for _ in 0..<200 {
                let taken: Void? = monitor.wait { state in
                    guard state.turn == own else { return nil }
                    state.log.append(own)
                    return ()
                }
                #expect(taken != nil)
                monitor.update { $0.turn = 1 - own }
            }
        }
        let other = try Thread(name: "other") { take(1) }
        take(0)
        other.join()
        #expect(monitor.read { $0.log } == (0..<400).map { $0 % 2 })
    }

    @Test("waiting for what does not come ends with nil")
    func timeout() {
        let monitor = Monitor(1)
        let result: Int? = monitor.wait(timeoutSeconds: 0.001) { $0 == 2 ? $0 : nil }
        #expect(result == nil)
    }

    @Test("waiting for what is there already does not wait, even for no time at all")
    func immediate() {
        let monitor = Monitor(2)
        let result: Int? = monitor.wait(timeoutSeconds: 0) { $0 == 2 ? $0 : nil }
        #expect(result == 2)
    }

    @Test("an error leaves the monitor usable")
    func failingUpdate() {
        let monitor = Monitor(5)
        #expect(throws: Refused()) {
            try monitor.update { (value) throws(Refused) in
                value = 6
                throw Refused()
            }
        }
        #expect(monitor.read { $0 } == 6)
    }
}
