import Testing
import VDBPrimitives

@testable import VDBStorage

@Suite("A map that grows")
struct GrowthTests {
    private static let headroom = 1 << 20

    private func open(
        _ path: String, limit: Int = 1 << 30, _ mode: Mapping.Mode = .write
    ) throws -> Environment {
        try Environment(
            try Directory(opening: path), tableNames: ["a", "b"], sizeLimit: limit,
            headroom: Self.headroom, mode: mode, creating: mode == .write)
    }

    private func fill(
        _ environment: Environment, _ numbers: Range<UInt64>, _ byte: UInt8
    ) throws(StorageError) {
        let transaction = try environment.beginWrite()
        for number in numbers {
            try transaction.put(
                environment.b, Key(number), [UInt8](repeating: byte, count: 4000))
        }
        try transaction.commit()
    }

    @Test("takes address space in proportion, and readers from before keep what they see")
    func grows() throws {
        try withTemporaryDirectory { path in
            let environment = try open(path)
            #expect(environment.mapSize < 4 * Self.headroom)
            try environment.put(environment.a, Key(0 as UInt64), [0])
            var readers: [ReaderAt] = []
            for round in 1...40 as ClosedRange<UInt64> {
                for start in stride(from: 0, to: round * 100, by: 100) {
                    try fill(environment, start..<(start + 100), UInt8(round))
                }
                try environment.put(environment.a, Key(0 as UInt64), [UInt8(round)])
                readers.append(try ReaderAt(environment, round))
            }
            #expect(environment.usedSize > 16 << 20)
            #expect(environment.mapSize > environment.usedSize)
            #expect(environment.mapSize < 4 * environment.usedSize)
            for reader in readers { try reader.check() }
            #expect(environment.readerCount >= readers.count)
        }
    }

    @Test("a reader beside a writer follows its growth")
    func readerFollows() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { path in
                let test = GrowthTests()
                try test.fill(try test.open(path), 0..<100, 1)
                // The reader in this process, the writer in a child.
                let reader = try test.open(path, .read)
                let small = reader.mapSize
                let child = try forked {
                    let writer = try test.open(path)
                    for start in stride(from: 0 as UInt64, to: 20_000, by: 100) {
                        try test.fill(writer, start..<(start + 100), 20)
                    }
                }
                try wait(for: child)
                let value = try reader.get(reader.b, Key(19_999 as UInt64))
                guard value == [UInt8](repeating: 20, count: 4000), reader.mapSize > small else {
                    throw TestFailure()
                }
            }
        }
    }

    @Test("does not write once lock.mdb is another file, which would not know its readers")
    func lockReplaced() throws {
        try withTemporaryDirectory { path in
            let environment = try open(path)
            try fill(environment, 0..<100, 1)
            let reader = try ReaderAt(environment, 1)
            try FileSystem.remove(path + "/lock.mdb")
            let refusal = StorageError.system(.fileReplaced(path + "/lock.mdb"))
            #expect(throws: refusal) { try fill(environment, 0..<100, 2) }
            _ = try FileDescriptor(opening: path + "/lock.mdb", .createNew)
            #expect(throws: refusal) { try fill(environment, 0..<100, 2) }
            try reader.check()
        }
    }

    @Test("ends at the limit with an error that names it, and a later transaction goes on")
    func limit() throws {
        try withTemporaryDirectory { path in
            let environment = try open(path, limit: 4 << 20)
            let full = StorageError.mapFull(
                path: environment.path, size: 4 << 20, limit: 4 << 20)
            #expect(throws: full) {
                while true {
                    do throws(StorageError) {
                        try fill(environment, 0..<2000, 1)
                    } catch .mapTooSmall {
                        continue
                    }
                }
            }
            try fill(environment, 0..<200, 2)
            let value = try environment.get(environment.b, Key(199 as UInt64))
            #expect(value == [UInt8](repeating: 2, count: 4000))
        }
    }

    @Test("a transaction that met the end of the map finds more when it is repeated")
    func repeated() throws {
        try withTemporaryDirectory { path in
            let environment = try open(path)
            var failureCount = 0
            while true {
                do throws(StorageError) {
                    try fill(environment, 0..<5000, 7)
                    break
                } catch {
                    guard case .mapTooSmall = error else { throw error }
                    failureCount += 1
                }
            }
            #expect(failureCount > 0 && failureCount < 8)
        }
    }
}

/// A transaction that must go on seeing what it saw.
private final class ReaderAt {
    private let transaction: ReadTransaction
    private let round: UInt64
    private let bytes: UnsafeRawBufferPointer?

    init(_ environment: Environment, _ round: UInt64) throws {
        transaction = try environment.beginRead()
        self.round = round
        bytes = try transaction.access.value(environment.b, Key(0 as UInt64))
    }

    func check() throws {
        let environment = transaction.environment
        #expect(bytes?.first == UInt8(round))
        let last = try transaction.access.value(environment.b, Key(round * 100 - 1))
        #expect(last.map(Array.init) == [UInt8](repeating: UInt8(round), count: 4000))
        #expect(try transaction.access.value(environment.b, Key(round * 100)) == nil)
    }
}
