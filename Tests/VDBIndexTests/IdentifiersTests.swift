import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite struct IdentifiersTests {
    /// How a test draws its ids.
    enum Draw: CaseIterable {
        /// Each after the one before.
        case ascending
        /// Of a small range, so that replacements and removals hit.
        case crowded
        /// Of all numbers, and the two extremes again and again.
        case scattered

        func ids(_ count: Int, _ next: inout UInt64, _ random: inout RandomSource) -> [UInt64] {
            switch self {
            case .ascending:
                defer { next += UInt64(count) }
                return (0..<UInt64(count)).map { next + $0 }
            case .crowded: return (0..<count).map { _ in UInt64(random.next(below: 3000)) }
            case .scattered: return (0..<count).map { _ in random.next() } + [0, .max]
            }
        }
    }

    /// All buckets, checked for the invariants that the page promises.
    private func checkedEntries(_ environment: Environment) throws -> [UInt64: UInt32] {
        var buckets: [(firstID: UInt64, entries: [Identifiers.Entry])] = []
        try environment.read { (access) throws(StorageError) in
            try Identifiers.forEachBucket(access) { (firstID, entries) throws(StorageError) in
                buckets.append((firstID, entries))
            }
        }
        var entries: [UInt64: UInt32] = [:]
        var before: UInt64?
        for bucket in buckets {
            #expect((1...Identifiers.bucketCapacity).contains(bucket.entries.count))
            #expect(bucket.entries.first.map { bucket.firstID <= $0.id } ?? false)
            if let before { #expect(before < bucket.firstID) }
            for entry in bucket.entries {
                #expect(before.map { $0 < entry.id } ?? true)
                before = entry.id
                entries[entry.id] = entry.row
            }
        }
        return entries
    }

    private func apply(_ changes: [UInt64: UInt32?], _ environment: Environment) throws {
        let sorted = changes.sorted { $0.key < $1.key }.map { (id: $0.key, row: $0.value) }
        try environment.change { (transaction) throws(StorageError) in
            try Identifiers.apply(sorted, transaction)
        }
    }

    @Test(
        "batches of insertions, replacements and removals do what they do to a Dictionary",
        arguments: Draw.allCases, [1, 2, 3] as [UInt64])
    func agreesWithDictionary(draw: Draw, seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        var model: [UInt64: UInt32] = [:]
        var next: UInt64 = 0
        try withTables { environment in
            for round in 0..<25 {
                let size = [0, 1, 10, 165, 166, 167, 500][random.next(below: 7)]
                var changes: [UInt64: UInt32?] = [:]
                for id in draw.ids(size, &next, &random) {
                    changes[id] = .some(UInt32(truncatingIfNeeded: random.next()))
                }
                // Removals of ids that are there, and of some that are not.
                let removed = round % 5 == 4 ? model.count * 9 / 10 : random.next(below: 40)
                for id in model.keys.sorted().shuffled(using: &random).prefix(removed) {
                    changes[id] = .some(nil)
                }
                changes[random.next()] = .some(nil)
                try apply(changes, environment)
                for (id, row) in changes { model[id] = row }
                #expect(try checkedEntries(environment) == model)
                try environment.read { (access) throws(StorageError) in
                    let highest = try Identifiers.highestID(access)
                    #expect(highest == model.keys.max())
                }
            }
        }
    }

    @Test("every id is found at its row, and its neighbours are not")
    func lookUp() throws {
        var random = RandomSource(seed: 9)
        var changes: [UInt64: UInt32?] = [0: 1, .max: 2]
        for row in 0..<1000 as Range<UInt32> { changes[random.next() | 1] = .some(row) }
        try withTables { environment in
            try apply(changes, environment)
            try environment.read { (access) throws(StorageError) in
                for (id, row) in changes {
                    let found = try Identifiers.row(of: id, access)
                    #expect(found == row)
                    guard id > 0, changes[id - 1] == nil else { continue }
                    let before = try Identifiers.row(of: id - 1, access)
                    #expect(before == nil)
                }
            }
        }
    }

    @Test("an empty table has no ids, and removing from it is nothing")
    func empty() throws {
        try withTables { environment in
            try apply([5: nil, .max: nil], environment)
            try environment.read { (access) throws(StorageError) in
                let found = (
                    try Identifiers.row(of: 5, access), try Identifiers.highestID(access)
                )
                #expect(found == (nil, nil))
            }
            #expect(try checkedEntries(environment).isEmpty)
        }
    }

    @Test("ids in ascending order fill their buckets", arguments: [1, 100, 1000])
    func ascendingFill(batchSize: Int) throws {
        try withTables { environment in
            for start in stride(from: 0, to: 2000, by: batchSize) {
                let ids = (start..<start + batchSize).map { UInt64($0) }
                try apply(
                    Dictionary(uniqueKeysWithValues: ids.map { ($0, .some(UInt32($0))) }),
                    environment)
            }
            let statistics = try environment.read { (access) throws(StorageError) in
                try access.statistics(environment.table(.identifiers))
            }
            #expect(statistics.entryCount == (2000 + 165) / 166)
        }
    }

    @Test("ids in random order leave their buckets at least a third full", arguments: [10, 1000])
    func randomFill(batchSize: Int) throws {
        var random = RandomSource(seed: 3)
        var buckets = 0
        try withTables { environment in
            for _ in 0..<(20_000 / batchSize) {
                var changes: [UInt64: UInt32?] = [:]
                for row in 0..<UInt32(batchSize) { changes[random.next()] = .some(row) }
                try apply(changes, environment)
            }
            buckets = try environment.read { (access) throws(StorageError) in
                try access.statistics(environment.table(.identifiers)).entryCount
            }
        }
        let fill = Double(20_000) / Double(buckets * Identifiers.bucketCapacity)
        #expect(fill > 1.0 / 3)
    }

    @Test("every flipped bit and every cut of a bucket is detected")
    func damage() throws {
        let entries = (0..<20).map { Identifiers.Entry(id: UInt64($0 * $0), row: UInt32($0)) }
        let key = Keys.identifierBucket(firstID: 0)
        let value = Identifiers.encode(key: key, entries: entries[...])
        try expectDetection(value, key: key, kind: ValueKind.identifierBucket) { value in
            _ = try Identifiers.decode(
                UnsafeRawBufferPointer(rebasing: value[SealedValue.prologueSize...]))
        }
        try withTables { environment in
            try environment.put(.identifiers, key, value)
            try expectDetectionInTable(environment, .identifiers, key) {
                (access) throws(StorageError) in _ = try Identifiers.row(of: 9, access)
            }
        }
    }

    @Test("ids out of order and too many of them are refused")
    func inconsistent() throws {
        let key = Keys.identifierBucket(firstID: 0)
        let descending = [Identifiers.Entry(id: 2, row: 0), Identifiers.Entry(id: 1, row: 1)]
        let many = (0..<167).map { Identifiers.Entry(id: UInt64($0), row: 0) }
        for entries in [descending, many] {
            let value = Identifiers.encode(key: key, entries: entries[...])
            #expect(throws: DecodingFailure.self) {
                try aligned(value) { value in
                    _ = try Identifiers.decode(
                        UnsafeRawBufferPointer(rebasing: value[SealedValue.prologueSize...]))
                }
            }
        }
    }
}
