import Testing
import VDBMedia
import VDBPrimitives

/// What the model of the disk may forget, on traces of a few effects.
@Suite("A disk that loses power")
struct MediumTests {
    private static let manners = Choice.Manner.allCases

    /// Everything that may be left after `trace`, many choices over.
    private func outcomes(
        of trace: [Effect], lastIsUnderWay: Bool = false, on tree: FileTree = FileTree(),
        seedCount: UInt64 = 200
    ) -> Set<FileTree> {
        var medium = Medium(tree)
        for (index, effect) in trace.enumerated() {
            medium.apply(effect, isUnderWay: lastIsUnderWay && index == trace.count - 1)
        }
        var outcomes: Set<FileTree> = []
        for manner in Self.manners {
            for seed in 0..<seedCount {
                outcomes.insert(medium.afterPowerLoss(Choice(manner, seed: seed)))
            }
        }
        return outcomes
    }

    private func contents(of name: String, in outcomes: Set<FileTree>) -> Set<[UInt8]?> {
        Set(outcomes.map { $0.files[name] })
    }

    private func sectors(_ values: [UInt8]) -> [UInt8] {
        values.flatMap { [UInt8](repeating: $0, count: 512) }
    }

    /// A durable, empty file.
    private let file: [Effect] = [
        .createFile(1, parent: 0, name: "a"), .syncFile(1), .syncDirectory(0),
    ]

    private func write(
        _ bytes: [UInt8], at offset: Int = 0, isDurable: Bool = false
    ) -> Effect {
        .write(1, offset: offset, bytes: bytes, isDurable: isDurable)
    }

    @Test("may forget what was written without a sync, and nothing that was synced")
    func syncing() {
        let unsynced = contents(of: "a", in: outcomes(of: file + [write([7, 8])]))
        #expect(unsynced.contains([]))
        #expect(unsynced.contains([7, 8]))
        #expect(unsynced.contains([0, 0]))
        let synced = outcomes(of: file + [write([7, 8]), .syncFile(1)])
        #expect(contents(of: "a", in: synced) == [[7, 8]])
    }

    @Test("keeps each sector whole, and in any order")
    func tearing() {
        let trace = file + [write(sectors([1, 1, 1])), .syncFile(1), write(sectors([2, 2, 2]))]
        let found = contents(of: "a", in: outcomes(of: trace))
        let all = [1, 2].flatMap { x in
            [1, 2].flatMap { y in [1, 2].map { z in sectors([x, y, z]) } }
        }
        #expect(found == Set(all))
    }

    @Test("knows every version of a sector, not only the last")
    func versions() {
        let trace =
            file + [write(sectors([1])), .syncFile(1)]
            + [write(sectors([2])), write(sectors([3]))]
        let found = contents(of: "a", in: outcomes(of: trace))
        #expect(found == [sectors([1]), sectors([2]), sectors([3])])
    }

    @Test("leaves a file as long as it was, as it is, or between")
    func sizes() {
        let long = file + [write([1, 2, 3, 4]), .syncFile(1), .truncate(1, size: 1)]
        let found = contents(of: "a", in: outcomes(of: long))
        #expect(Set(found.map { $0?.count }) == [1, 2, 3, 4])
        #expect(found.allSatisfy { $0?.first == 1 })
        let cut = contents(of: "a", in: outcomes(of: long + [.syncFile(1)]))
        #expect(cut == [[1]])
    }

    @Test("keeps a write through O_DSYNC that has returned, and any part of one under way")
    func durableWrites() {
        let trace = file + [write(sectors([1, 1])), .syncFile(1)]
        let durable = write(sectors([2, 2]), isDurable: true)
        #expect(contents(of: "a", in: outcomes(of: trace + [durable])) == [sectors([2, 2])])
        let underWay = outcomes(of: trace + [durable], lastIsUnderWay: true)
        #expect(
            contents(of: "a", in: underWay)
                == [sectors([1, 1]), sectors([1, 2]), sectors([2, 1]), sectors([2, 2])])
    }

    @Test("does not take a durable write for a sync of the rest of the file")
    func otherSectors() {
        let trace =
            file + [write(sectors([1, 1])), .syncFile(1), write(sectors([2]))]
            + [write(sectors([3]), at: 512, isDurable: true)]
        #expect(
            contents(of: "a", in: outcomes(of: trace)) == [sectors([1, 3]), sectors([2, 3])])
    }

    @Test("may forget a file whose directory was not synced, though the file was")
    func entries() {
        let trace = [file[0], write([7]), .syncFile(1)]
        #expect(contents(of: "a", in: outcomes(of: trace)) == [nil, [7]])
        let synced = outcomes(of: trace + [.syncDirectory(0)])
        #expect(contents(of: "a", in: synced) == [[7]])
    }

    @Test("may bring back a file that was removed, until the directory is synced")
    func removal() {
        let trace = file + [write([7]), .syncFile(1), .remove(parent: 0, name: "a")]
        #expect(contents(of: "a", in: outcomes(of: trace)) == [nil, [7]])
        let synced = outcomes(of: trace + [.syncDirectory(0)])
        #expect(contents(of: "a", in: synced) == [nil])
    }

    @Test("renames as a whole or not at all")
    func renaming() {
        let other: [Effect] = [
            .createFile(2, parent: 0, name: "b"),
            .write(2, offset: 0, bytes: [9], isDurable: true), .syncDirectory(0),
        ]
        let rename = Effect.rename(parent: 0, name: "a", newParent: 0, newName: "b")
        let trace = file + [write([7]), .syncFile(1)] + other + [rename]
        #expect(
            Set(outcomes(of: trace).map(\.files)) == [["a": [7], "b": [9]], ["b": [7]]])
        let synced = outcomes(of: trace + [.syncDirectory(0)])
        #expect(Set(synced.map(\.files)) == [["b": [7]]])
    }

    @Test("moves what is in a directory with it")
    func directories() {
        let trace: [Effect] = [
            .createDirectory(1, parent: 0, name: "new"), .createFile(2, parent: 1, name: "a"),
            .write(2, offset: 0, bytes: [5], isDurable: true), .syncDirectory(1),
            .rename(parent: 0, name: "new", newParent: 0, newName: "old"), .syncDirectory(0),
        ]
        #expect(Set(outcomes(of: trace).map(\.files)) == [["old/a": [5]]])
    }

    @Test("never makes durable what a failed sync lost, unless it is written again")
    func failedSync() {
        let lost = file + [write([7]), .syncFailed(1), .syncFile(1)]
        #expect(contents(of: "a", in: outcomes(of: lost)).contains([0]))
        let again = outcomes(of: lost + [write([7]), .syncFile(1)])
        #expect(contents(of: "a", in: again) == [[7]])
    }

    @Test("forgets what a killed program did not sync, unless the next one syncs it")
    func killed() {
        let first: [Effect] = file + [write([7]), .createFile(2, parent: 0, name: "b")]
        let next: [Effect] = [.known(2, parent: 0, name: "a"), .syncFile(2)]
        let cases: [(trace: [Effect], found: Set<[UInt8]?>)] = [
            ([], [[], [0], [7]]), (next, [[7]]),
        ]
        for (trace, found) in cases {
            var medium = Medium()
            for effect in first { medium.apply(effect) }
            medium.beginTrace()
            for effect in trace { medium.apply(effect) }
            let left = (0..<200).map { medium.afterPowerLoss(Choice(.mixed, seed: $0)) }
            #expect(Set(left.map { $0.files["a"] }) == found)
            #expect(Set(left.map { $0.files["b"] }) == [nil, []])
        }
    }

    @Test("begins from what is there")
    func existing() {
        var tree = FileTree()
        tree.directories = ["log"]
        tree.files = ["log/a": sectors([1]), "b": [3]]
        let trace: [Effect] = [
            .known(4, parent: 0, name: "log"), .known(5, parent: 4, name: "a"),
            .write(5, offset: 0, bytes: sectors([2]), isDurable: false),
        ]
        #expect(contents(of: "log/a", in: outcomes(of: trace, on: tree)).count == 2)
        #expect(contents(of: "b", in: outcomes(of: trace, on: tree)) == [[3]])
        let durable = outcomes(of: trace + [.syncFile(5)], on: tree)
        #expect(contents(of: "log/a", in: durable) == [sectors([2])])
    }
}
