import Synchronization
import Testing

@testable import VDBPrimitives

@Suite struct ParallelTests {
    @Test(
        "every index is run exactly once",
        arguments: [0, 1, 2, 3, 7, 100, 1000], [-1, 0, 1, 2, 5, 64])
    func coversEachOnce(count: Int, threads: Int) {
        let counts = Mutex([Int](repeating: 0, count: count))
        parallelFor(count, threads: threads) { index in counts.withLock { $0[index] += 1 } }
        #expect(counts.withLock { $0 } == [Int](repeating: 1, count: count))
    }

    @Test("a negative count runs nothing")
    func negativeCount() {
        let count = SharedCounter()
        parallelFor(-3, threads: 4) { _ in _ = count.increment() }
        #expect(count.current == 0)
    }

    @Test("threads that share a counter never get the same number")
    func sharedCounter() throws {
        let counter = SharedCounter(10)
        let seen = Mutex<[Int]>([])
        let threads = try (0..<4).map { _ in
            try Thread(name: "counting") {
                for _ in 0..<1000 {
                    let number = counter.increment()
                    seen.withLock { $0.append(number) }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(seen.withLock { $0.sorted() } == Array(10..<4010))
        #expect(counter.current == 4010)
    }
}
