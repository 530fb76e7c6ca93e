import Foundation
import Testing
import VDBPrimitives

@testable import VDBStorage

@Suite("LMDB's own pages")
struct StructureCheckTests {
    @Test("whatever is put, replaced and removed, the pages stay in order", arguments: 1...6)
    func randomChanges(seed: Int) throws {
        try withEnvironment(mapSize: 256 << 20) { environment in
            var random = RandomSource(seed: UInt64(seed))
            var keys: [UInt64] = []
            for round in 0..<60 {
                let isShrinking = round % 20 >= 14
                let transaction = try environment.beginWrite()
                for _ in 0..<(isShrinking ? 200 : 120) {
                    let table = random.next(below: 3) == 0 ? environment.b : environment.a
                    if !keys.isEmpty, isShrinking || random.next(below: 5) == 0 {
                        let key = keys.remove(at: random.next(below: keys.count))
                        try transaction.remove(environment.a, Key(key))
                        try transaction.remove(environment.b, Key(key))
                    } else {
                        // Often the same key again, with a value of another size.
                        let isNew = keys.isEmpty || random.next(below: 3) > 0
                        let key = isNew ? random.next() >> 40 : keys[random.next(below: keys.count)]
                        keys.append(key)
                        let sizes = [9, 40, 300, 1000, 2030, 2040, 5000, 20_000]
                        let size = sizes[random.next(below: sizes.count)] + random.next(below: 9)
                        let value = [UInt8](repeating: UInt8(round), count: size)
                        try transaction.put(table, Key(key), value)
                    }
                }
                try transaction.commit()
                #expect(try environment.checkStructure(limit: 10) == [], "round \(round)")
            }
        }
    }

    @Test("branches over branches come and go in order")
    func deepTree() throws {
        try withEnvironment(mapSize: 256 << 20) { environment in
            for isAdding in [true, false] {
                for start in stride(from: 0, to: 60_000, by: 20_000) {
                    let transaction = try environment.beginWrite()
                    for index in start..<start + 20_000 {
                        let key = Key(UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
                        if isAdding {
                            try transaction.put(environment.b, key, [1, 2, 3])
                        } else {
                            try transaction.remove(environment.b, key)
                        }
                    }
                    try transaction.commit()
                    #expect(try environment.checkStructure(limit: 10) == [])
                }
                let figures = try environment.read { access throws(StorageError) in
                    try access.statistics(environment.b)
                }
                // More leaves than one branch can hold.
                #expect(isAdding ? figures.size > 300 * 4096 : figures.size == 0)
            }
        }
    }

    @Test("a shorter value put twice in a transaction takes no more pages than it needs")
    func shrinkingTwice() throws {
        try withEnvironment { environment in
            let key = Key(1 as UInt64)
            for size in [50_000, 9_000, 20_000, 3_000, 10] {
                let transaction = try environment.beginWrite()
                try transaction.put(environment.a, key, [UInt8](repeating: 1, count: 70_000))
                try transaction.put(environment.a, key, [UInt8](repeating: 2, count: size))
                try transaction.commit()
                let used = try environment.read { access throws(StorageError) in
                    try access.statistics(environment.a).size
                }
                let pages = size > 2000 ? (size + 15) / 4096 + 1 : 0
                #expect(used == 4096 * (1 + pages))
                #expect(try environment.checkStructure(limit: 10) == [])
            }
        }
    }

    @Test("a snapshot is checked as it is while a writer goes on")
    func besideWriter() throws {
        try withEnvironment { environment in
            let isDone = Monitor(false)
            let writer = try VDBPrimitives.Thread(name: "writer") {
                for round in 0..<300 as Range<UInt64> {
                    let value = [UInt8](repeating: 0, count: 100 * Int(round))
                    try? environment.put(environment.a, Key(round % 20), value)
                }
                isDone.update { $0 = true }
            }
            while !isDone.read({ $0 }) {
                #expect(try environment.checkStructure(limit: 10) == [])
            }
            writer.join()
            #expect(
                try environment.read { access throws(StorageError) in
                    try access.statistics(environment.a).entryCount
                } == 20)
        }
    }

    @Test("an overflow page that is not what it says is not freed")
    func overflowHeader() throws {
        try withTemporaryDirectory { path in
            var environment: Environment? = try openEnvironment(path)
            let key = Key(1 as UInt64)
            try environment?.put(
                try #require(environment).a, key, [UInt8](repeating: 7, count: 9000))
            environment = nil
            let file = URL(fileURLWithPath: path + "/data.mdb")
            var bytes = try Array(Data(contentsOf: file))
            let page = try #require(
                stride(from: 8192, to: bytes.count, by: 4096).first { start in
                    bytes[start + 10] == 4 && bytes[start + 16] == 7
                })
            for (offset, mask) in [(0, 1), (10, 0x10), (12, 1), (13, 1)] as [(Int, UInt8)] {
                bytes[page + offset] ^= mask
                try Data(bytes).write(to: file)
                bytes[page + offset] ^= mask
                let opened = try Environment(
                    path: path, tableNames: ["a", "b"], mapSize: 16 << 20, readOnly: false)
                #expect(try opened.checkStructure(limit: 10).count == 1)
                let transaction = try opened.beginWrite()
                #expect(throws: StorageError.self) { try transaction.remove(opened.a, key) }
                #expect(throws: StorageError.self) { try transaction.put(opened.a, key, [1]) }
            }
        }
    }
}
