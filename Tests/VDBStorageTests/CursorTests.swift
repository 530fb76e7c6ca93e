import Testing
import VDBPrimitives

@testable import VDBStorage

@Suite struct CursorTests {
    private let numbers: [UInt64] = [0, 3, 255, 256, 65_536, 1 << 40, .max]

    private func withNumbers(_ body: (Access, Table) throws -> Void) throws {
        try withEnvironment { environment in
            let transaction = try environment.beginWrite()
            for number in numbers.reversed() {
                try transaction.put(environment.a, Key(number), [UInt8(number % 251)])
            }
            try transaction.commit()
            let snapshot = try environment.beginRead()
            try body(snapshot.access, environment.a)
            _ = consume snapshot
        }
    }

    @Test("a walk goes through the keys by value, both ways")
    func walk() throws {
        try withNumbers { access, table in
            let cursor = try access.cursor(table)
            var forward: [UInt64?] = []
            var entry = try cursor.first()
            while let found = entry {
                forward.append(found.number)
                #expect(found.value.first == found.number.map { UInt8($0 % 251) })
                entry = try cursor.next()
            }
            // Not in the macro: the address sanitizer stops where arrays of optionals are shown.
            let isForward = forward == numbers
            #expect(isForward)
            var backward: [UInt64?] = []
            entry = try cursor.last()
            while let found = entry {
                backward.append(found.number)
                entry = try cursor.previous()
            }
            let isBackward = backward == numbers.reversed()
            #expect(isBackward)
        }
    }

    @Test(
        "seeking finds the first key that is not below the one sought",
        arguments: [
            (0, 0), (1, 3), (3, 3), (4, 255), (256, 256), (257, 65_536),
            (1 << 40 + 1, UInt64.max), (.max, .max),
        ] as [(UInt64, UInt64)])
    func seek(sought: UInt64, expected: UInt64) throws {
        try withNumbers { access, table in
            let cursor = try access.cursor(table)
            let found = try cursor.seek(Key(sought))?.number
            let before = try cursor.previous()?.number
            #expect(found == expected)
            #expect(before == numbers.last { $0 < expected })
        }
    }

    @Test("seeking behind the last key finds nothing, and the last is still to be had")
    func behindLast() throws {
        try withNumbers { access, table in
            let cursor = try access.cursor(table)
            var behind = Key(UInt64.max)
            behind.append(UInt8(0))
            let found = try cursor.seek(behind)?.number
            let last = try cursor.last()?.number
            #expect(found == nil)
            #expect(last == .max)
        }
    }

    @Test("an empty table has no first, last or sought entry")
    func empty() throws {
        try withEnvironment { environment in
            try environment.read { access throws(StorageError) in
                let cursor = try access.cursor(environment.b)
                let found = [
                    try cursor.first()?.number, try cursor.last()?.number,
                    try cursor.seek(Key(0 as UInt64))?.number,
                ]
                #expect(found == [nil, nil, nil])
            }
        }
    }

    @Test("a part that the key is too short for is nil")
    func keyParts() throws {
        try withEnvironment { environment in
            try environment.put(environment.a, Key(1, 2), [9])
            try environment.read { access throws(StorageError) in
                let cursor = try access.cursor(environment.a)
                let entry = try cursor.first()
                #expect(entry?.keyPart(UInt32.self) == 1)
                #expect(entry?.keyPart(UInt32.self, at: 4) == 2)
                #expect(entry?.keyPart(UInt32.self, at: 5) == nil)
                #expect(entry?.keyPart(UInt64.self) == 1 << 32 + 2)
            }
        }
    }
}
