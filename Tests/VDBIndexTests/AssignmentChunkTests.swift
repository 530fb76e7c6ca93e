import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite struct AssignmentChunkTests {
    private let rowCount = AssignmentChunk.rowCount

    /// The lists of all rows of a generation.
    private func lists(_ environment: Environment, generation: UInt32) throws -> [UInt32] {
        try environment.read { (access) throws(StorageError) in
            var lists: [UInt32] = []
            var chunk = 0
            while let content = try AssignmentChunk.read(
                Keys.assignments(generation: generation, chunk: chunk), access)
            {
                lists += content
                chunk += 1
            }
            return lists
        }
    }

    private func write(
        _ lists: [UInt32], firstRow: Int, generation: UInt32 = 1, _ environment: Environment
    ) throws {
        try environment.change { (transaction) throws(StorageError) in
            try AssignmentChunk.write(
                lists, firstRow: firstRow, generation: generation, transaction)
        }
    }

    @Test(
        "runs written one after the other join over the borders of chunks",
        arguments: [
            [1], [1016], [1015, 1, 1], [1016, 1016], [1, 1015, 3000], [500, 516, 1017, 7],
            [3, 0, 5, 4000],
        ])
    func appending(sizes: [Int]) throws {
        var random = RandomSource(seed: 1)
        var model: [UInt32] = []
        try withTables { environment in
            for size in sizes {
                let added = (0..<size).map { _ in UInt32(random.next(below: 100)) }
                try write(added, firstRow: model.count, environment)
                model += added
            }
            #expect(try lists(environment, generation: 1) == model)
        }
    }

    @Test("setting rows in the middle keeps those before and behind")
    func overwriting() throws {
        var model = (0..<3000).map { UInt32($0) }
        try withTables { environment in
            try write(model, firstRow: 0, environment)
            for (start, size) in [(10, 5), (1010, 20), (900, 1500), (2999, 1)] {
                let changed = [UInt32](repeating: UInt32(start), count: size)
                try write(changed, firstRow: start, environment)
                model.replaceSubrange(start..<start + size, with: changed)
                #expect(try lists(environment, generation: 1) == model)
            }
        }
    }

    @Test("setting rows from the border of a chunk keeps those behind")
    func overwritingFromBorder() throws {
        var model = (0..<2000).map { UInt32($0) }
        try withTables { environment in
            try write(model, firstRow: 0, environment)
            try write([7, 8, 9], firstRow: rowCount, environment)
            model.replaceSubrange(rowCount..<rowCount + 3, with: [7, 8, 9])
            #expect(try lists(environment, generation: 1) == model)
        }
    }

    @Test("rows left out are in no list")
    func gap() throws {
        try withTables { environment in
            try write([5], firstRow: 3, environment)
            let none = AssignmentChunk.none
            #expect(try lists(environment, generation: 1) == [none, none, none, 5])
        }
    }

    @Test("generations do not mix")
    func generations() throws {
        try withTables { environment in
            try write([1, 2], firstRow: 0, generation: 1, environment)
            try write([3], firstRow: 0, generation: 2, environment)
            #expect(try lists(environment, generation: 1) == [1, 2])
            #expect(try lists(environment, generation: 2) == [3])
            #expect(try lists(environment, generation: 3) == [])
        }
    }

    @Test("a full chunk fills exactly one page of LMDB")
    func size() {
        let value = AssignmentChunk.encode(
            key: Keys.assignments(generation: 1, chunk: 0),
            lists: [UInt32](repeating: 1, count: rowCount))
        #expect(value.count == 4096 - 16)
    }

    @Test("every flipped bit and every cut of a chunk is detected")
    func damage() throws {
        let key = Keys.assignments(generation: 2, chunk: 0)
        let value = AssignmentChunk.encode(key: key, lists: Array(0..<30))
        try expectDetection(value, key: key, kind: ValueKind.assignmentChunk) { value in
            _ = try AssignmentChunk.decode(
                UnsafeRawBufferPointer(rebasing: value[SealedValue.prologueSize...]))
        }
        try withTables { environment in
            try environment.put(.assignments, key, value)
            try expectDetectionInTable(environment, .assignments, key) {
                (access) throws(StorageError) in _ = try AssignmentChunk.read(key, access)
            }
        }
    }
}
