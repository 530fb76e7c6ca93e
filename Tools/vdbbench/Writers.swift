internal import Synchronization
internal import VDBPrimitives
internal import VectorDB

/// Threads that insert as fast as they are acknowledged.
final class Writers: Sendable {
    private let database: Database
    private let vectors: VectorTable
    private let batchSize: Int
    /// Ids are given out from here, each only once.
    private let nextID: Atomic<UInt64>

    init(_ database: Database, _ vectors: VectorTable, batchSize: Int, firstID: UInt64 = 0) {
        self.database = database
        self.vectors = vectors
        self.batchSize = batchSize
        nextID = Atomic(firstID)
    }

    /// What came of it.
    struct Outcome: Sendable {
        /// One per call.
        var calls = Latencies()
        var elapsedSeconds = 0.0
        /// Of all threads, those in the background included.
        var processorSeconds = 0.0

        mutating func add(_ other: Outcome) {
            calls.add(other.calls)
            elapsedSeconds += other.elapsedSeconds
            processorSeconds += other.processorSeconds
        }
    }

    /// Inserts on so many threads while `goesOn` says so, asked before each call.
    func run(
        threads: Int, while goesOn: @Sendable () -> Bool
    ) throws(BenchFailure) -> Outcome {
        let total = Mutex(Outcome())
        let failure = Mutex<BenchFailure?>(nil)
        let clock = Stopwatch()
        let usedBefore = ProcessUsage.processorSeconds
        parallelFor(threads, threads: threads) { _ in
            var calls = Latencies()
            while goesOn(), failure.withLock({ $0 == nil }) {
                let records = self.nextRecords()
                let call = Stopwatch()
                do throws(VectorDBError) {
                    try self.database.insert(records)
                } catch {
                    failure.withLock { $0 = .engine(error) }
                }
                calls.add(call.seconds)
            }
            total.withLock { $0.calls.add(calls) }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return total.withLock { outcome in
            outcome.elapsedSeconds = clock.seconds
            outcome.processorSeconds = ProcessUsage.processorSeconds - usedBefore
            return outcome
        }
    }

    /// Inserts for so many seconds.
    func run(threads: Int, seconds: Double) throws(BenchFailure) -> Outcome {
        let clock = Stopwatch()
        return try run(threads: threads) { clock.seconds < seconds }
    }

    private func nextRecords() -> [Record] {
        let first = nextID.add(UInt64(batchSize), ordering: .relaxed).oldValue
        return (0..<UInt64(batchSize)).map { offset in
            let id = first + offset
            return Record(id: id, vector: vectors.vector(Int(id)))
        }
    }
}
