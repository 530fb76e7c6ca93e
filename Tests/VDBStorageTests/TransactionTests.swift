import Testing
import VDBPrimitives

@testable import VDBStorage

@Suite struct TransactionTests {
    private let key = Key(7 as UInt64)

    @Test("a snapshot does not see what is committed after it, the next one does")
    func isolation() throws {
        try withEnvironment { environment in
            try environment.put(environment.a, key, [1])
            let snapshot = try environment.beginRead()
            try environment.put(environment.a, key, [2])
            try environment.put(environment.a, Key(8 as UInt64), [3])
            #expect(try snapshot.access.bytes(environment.a, key) == [1])
            #expect(try snapshot.access.bytes(environment.a, Key(8 as UInt64)) == nil)
            #expect(try environment.get(environment.a, key) == [2])
            #expect(environment.readerCount >= 1)
            _ = consume snapshot
        }
    }

    @Test("a value stays in place for as long as its snapshot lives")
    func pinned() throws {
        try withEnvironment { environment in
            let content = [UInt8](repeating: 42, count: 5000)
            try environment.put(environment.a, key, content)
            let snapshot = try environment.beginRead()
            let value = try #require(try snapshot.access.value(environment.a, key))
            for round in 0..<20 as Range<UInt8> {
                try environment.put(environment.a, key, [UInt8](repeating: round, count: 5000))
            }
            #expect(Array(value) == content)
            #expect(try snapshot.access.bytes(environment.a, key) == content)
            _ = consume snapshot
        }
    }

    @Test("a transaction that is not committed leaves nothing behind")
    func abort() throws {
        try withEnvironment { environment in
            try environment.put(environment.a, key, [1])
            try change(environment)
            #expect(try environment.get(environment.a, key) == [1])
            #expect(try environment.get(environment.b, key) == nil)
            try environment.put(environment.b, key, [3])
            #expect(try environment.get(environment.b, key) == [3])
        }
    }

    /// Changes both tables and sees it, but does not commit.
    private func change(_ environment: Environment) throws(StorageError) {
        let transaction = try environment.beginWrite()
        try transaction.remove(environment.a, key)
        try transaction.put(environment.b, key, [2])
        let seen = (
            try transaction.access.bytes(environment.a, key),
            try transaction.access.bytes(environment.b, key)
        )
        #expect(seen.0 == nil)
        #expect(seen.1 == [2])
    }

    @Test("tables do not mix, and removing says whether the key was there")
    func removal() throws {
        try withEnvironment { environment in
            try environment.put(environment.a, key, [1])
            try environment.put(environment.b, key, [2])
            let transaction = try environment.beginWrite()
            let removed = [
                try transaction.remove(environment.a, key),
                try transaction.remove(environment.a, key),
            ]
            try transaction.commit()
            #expect(removed == [true, false])
            #expect(try environment.get(environment.a, key) == nil)
            #expect(try environment.get(environment.b, key) == [2])
        }
    }

    @Test("a value may be empty or larger than many pages", arguments: [0, 1, 2047, 300_000])
    func valueSizes(size: Int) throws {
        try withEnvironment { environment in
            let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try environment.put(environment.a, key, value)
            #expect(try environment.get(environment.a, key) == value)
            #expect(environment.usedSize > size)
        }
    }

    @Test("a full map is a typed error, and after the abort the environment goes on")
    func mapFull() throws {
        try withEnvironment(mapSize: 1 << 20) { environment in
            try environment.put(environment.a, key, [1])
            let full = StorageError.mapFull(
                path: environment.path, size: environment.mapSize, limit: 1 << 20)
            #expect(throws: full) { try fill(environment) }
            #expect(try environment.get(environment.a, key) == [1])
            #expect(try environment.get(environment.b, Key(0 as UInt64)) == nil)
            try environment.put(environment.a, key, [2])
            #expect(try environment.get(environment.a, key) == [2])
        }
    }

    /// Puts two megabytes in one transaction.
    private func fill(_ environment: Environment) throws(StorageError) {
        let transaction = try environment.beginWrite()
        for number in 0..<512 as Range<UInt64> {
            try transaction.put(
                environment.b, Key(number), [UInt8](repeating: 9, count: 4096))
        }
        try transaction.commit()
    }

    @Test("removing in a full map works or says that the map is full")
    func removalInFullMap() throws {
        try withEnvironment(mapSize: 1 << 20) { environment in
            let full = StorageError.mapFull(
                path: environment.path, size: environment.mapSize, limit: 1 << 20)
            var count: UInt64 = 0
            do throws(StorageError) {
                while count < 100 {
                    try environment.put(
                        environment.b, Key(count), [UInt8](repeating: 9, count: 30_000))
                    count += 1
                }
                Issue.record("the map never became full")
            } catch {
                #expect(error == full)
            }
            // A snapshot keeps freed pages from being used again.
            let snapshot = try environment.beginRead()
            do throws(StorageError) {
                for number in 0..<count {
                    let transaction = try environment.beginWrite()
                    try transaction.remove(environment.b, Key(number))
                    try transaction.commit()
                }
            } catch {
                #expect(error == full)
            }
            _ = consume snapshot
            #expect(try environment.get(environment.b, Key(count)) == nil)
            #expect(try environment.get(environment.b, Key(count - 1)) != nil)
        }
    }
}
