import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite("The history of drift")
struct DriftHistoryTests {
    private static func point(_ number: Int, at time: Int64) -> DriftPoint {
        var point = DriftPoint(
            timeMicroseconds: time, generation: UInt32(1 + number / 3),
            liveCount: UInt32(1000 * (number + 1)), listCount: UInt32(4 + number))
        point.listSizeSpread = 0.25 * Float(number)
        point.centroidShift = 1 + Float(number) / 8
        point.quantizationShift = 1 - Float(number) / 16
        point.deadShare = Float(number) / 8
        return point
    }

    private static func history(_ count: Int) -> DriftHistory {
        var history = DriftHistory()
        for number in 0..<count { history.add(point(number % 8, at: Int64(number) * 1_000_000)) }
        return history
    }

    private func store(_ history: DriftHistory, in environment: Environment) throws {
        try environment.change { (transaction) throws(StorageError) in
            try history.write(transaction)
        }
    }

    private func stored(in environment: Environment) throws -> DriftHistory {
        try environment.read { (access) throws(StorageError) in try DriftHistory.read(access) }
    }

    @Test("it is read as it was written", arguments: [1, 2, 5, DriftHistory.pointLimit])
    func roundTrip(count: Int) throws {
        let history = Self.history(count)
        #expect(history.points.count == count)
        try withTables { environment in
            #expect(try stored(in: environment) == DriftHistory())
            try store(history, in: environment)
            #expect(try stored(in: environment) == history)
        }
    }

    @Test("every flipped bit and every cut is noticed")
    func damage() throws {
        try withTables { environment in
            try store(Self.history(4), in: environment)
            try expectDetectionInTable(environment, .models, Keys.driftHistory) {
                (access) throws(StorageError) in _ = try DriftHistory.read(access)
            }
        }
    }

    /// Bytes that no writer writes, at an offset of the value.
    private static let impossible: [(Int, [UInt8])] = [
        (8, [0, 0, 0, 0]), (8, [1, 1, 0, 0]), (8, [3, 0, 0, 0]),  // the count
        (16 + 40 + 7, [0x80]),  // a time before that of the first
        (16 + 8, [0, 0, 0, 0]), (16 + 16, [0, 0, 0, 0]),  // no generation, no list
        (16 + 24, [0, 0, 0xC0, 0x7F]), (16 + 20, [0, 0, 0x80, 0xBF]),  // NaN, −1
        (16 + 32, [0, 0, 0, 0x40]),  // two of one are dead
    ]

    @Test("what cannot be is refused, also under a sound checksum", arguments: impossible)
    func inconsistent(offset: Int, bytes: [UInt8]) throws {
        try withTables { environment in
            try store(Self.history(4), in: environment)
            var value = try environment.value(.models, Keys.driftHistory)
            value.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            var writer = SealedValue.writer(kind: ValueKind.driftHistory, version: 1)
            writer.write(Array(value[SealedValue.prologueSize...]))
            try environment.put(
                .models, Keys.driftHistory, SealedValue.seal(writer, key: Keys.driftHistory))
            #expect(throws: StorageError.self) { _ = try stored(in: environment) }
        }
    }

    @Test("a long life fits, its beginning and its end stay, and what is old is thinned first")
    func thinning() {
        var history = DriftHistory()
        let count = 20_000
        for number in 0..<count {
            history.add(Self.point(number % 8, at: Int64(number) * 60_000_000))
            #expect(history.points.count == min(number + 1, DriftHistory.pointLimit))
        }
        let times = history.points.map { $0.timeMicroseconds / 60_000_000 }
        #expect(times.first == 0 && times.last == Int64(count - 1))
        #expect(times == times.sorted())
        // By age, every doubling keeps about as many points.
        let ages = times.map { Int64(count - 1) - $0 }
        for age in [256, 1024, 4096] as [Int64] {
            let kept = ages.count { $0 >= age && $0 < 2 * age }
            #expect((10...80).contains(kept), "\(kept) of the ages from \(age) on")
        }
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        #expect(gaps.prefix(64).reduce(0, +) > 20 * gaps.suffix(64).reduce(0, +))
        #expect(gaps.max().map { $0 < count / 4 } == true, "\(gaps)")
    }

    @Test("a clock that is set back puts nothing before what was")
    func clock() {
        var history = Self.history(3)
        history.add(Self.point(4, at: -5))
        #expect(history.points.map(\.timeMicroseconds) == [0, 1_000_000, 2_000_000, 2_000_000])
        #expect(history.points.last?.liveCount == 5000)
    }

    private static let changes: [(@Sendable (inout DriftPoint) -> Void, Bool)] = [
        ({ _ in }, false), ({ $0.timeMicroseconds += 3_599_999_999 }, false),
        ({ $0.timeMicroseconds += 3_600_000_000 }, true), ({ $0.generation += 1 }, true),
        ({ $0.liveCount += 250 }, false), ({ $0.liveCount += 251 }, true),
        ({ $0.liveCount -= 251 }, true), ({ $0.listCount += 1 }, true),
        ({ $0.centroidShift += 0.03 }, true), ({ $0.quantizationShift -= 0.03 }, true),
        ({ $0.deadShare += 0.01 }, false), ({ $0.deadShare += 0.03 }, true),
    ]

    @Test("only what has changed enough is news", arguments: changes.indices)
    func news(index: Int) {
        let earlier = Self.point(3, at: 1 << 50)
        var later = earlier
        Self.changes[index].0(&later)
        #expect(later.isNews(after: earlier) == Self.changes[index].1)
    }
}
