import Testing

@testable import VDBPrimitives

@Suite struct RowSetTests {
    /// Rows that crowd some chunks and leave others empty.
    private func randomRow(_ random: inout RandomSource) -> UInt32 {
        let chunk = [0, 1, 2, 5, 40][random.next(below: 5)]
        return UInt32(chunk * RowSet.chunkRowCount + random.next(below: RowSet.chunkRowCount))
    }

    @Test("inserting and asking give what a Set gives", arguments: [1, 2, 3] as [UInt64])
    func agreesWithSet(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var rows = RowSet()
        var model: Set<UInt32> = []
        for _ in 0..<5000 {
            let row = randomRow(&random)
            let isNew = rows.insert(row)
            #expect(isNew == model.insert(row).inserted)
        }
        #expect(rows.count == model.count)
        #expect(rows.members(notIn: RowSet()) == model.sorted())
        for _ in 0..<5000 {
            let row = randomRow(&random)
            #expect(rows.contains(row) == model.contains(row))
        }
    }

    @Test(
        "the rows at the borders of words and chunks are members of their own",
        arguments: [0, 1, 63, 64, 8191, 8192, 8193, 16383, 16384, 1_000_000] as [UInt32])
    func borders(row: UInt32) {
        var rows = RowSet()
        #expect(!rows.contains(row))
        let inserted = [rows.insert(row), rows.insert(row)]
        #expect(inserted == [true, false])
        #expect(rows.contains(row))
        #expect(!rows.contains(row + 1))
        #expect(row == 0 || !rows.contains(row - 1))
        #expect(rows.members(notIn: RowSet()) == [row])
        #expect(rows.count == 1)
    }

    @Test("a copy keeps its members when the original changes, and the other way round")
    func copiesAreIndependent() {
        var original = RowSet()
        original.insert(5)
        original.insert(9000)
        var copy = original
        original.insert(6)
        copy.insert(7)
        #expect(original.members(notIn: RowSet()) == [5, 6, 9000])
        #expect(copy.members(notIn: RowSet()) == [5, 7, 9000])
        #expect(original.members(notIn: copy) == [6])
        #expect(copy.members(notIn: original) == [7])
    }

    @Test("the members that an earlier set lacks are the difference of Sets")
    func difference() {
        var random = RandomSource(seed: 8)
        var rows = RowSet()
        for _ in 0..<500 { rows.insert(randomRow(&random)) }
        let earlier = rows
        var added: Set<UInt32> = []
        for _ in 0..<500 {
            let row = randomRow(&random)
            if rows.insert(row) { added.insert(row) }
        }
        #expect(rows.members(notIn: earlier) == added.sorted())
        #expect(earlier.members(notIn: rows) == [])
        #expect(rows.members(notIn: rows) == [])
    }

    @Test("the chunks that changed are those of the rows added, ascending")
    func chunksChanged() {
        var rows = RowSet()
        for row in [1, 9000, 50000] as [UInt32] { rows.insert(row) }
        let earlier = rows
        #expect(rows.chunksChanged(since: earlier) == [])
        for row in [100_000, 9001, 1] as [UInt32] { rows.insert(row) }
        #expect(rows.chunksChanged(since: earlier) == [1, 100_000 / RowSet.chunkRowCount])
        #expect(rows.chunksChanged(since: RowSet()) == [0, 1, 6, 12])
    }

    @Test("a set put together from another's chunks equals it")
    func unionOfChunks() {
        var random = RandomSource(seed: 4)
        var rows = RowSet()
        for _ in 0..<3000 { rows.insert(randomRow(&random)) }
        var rebuilt = RowSet()
        rebuilt.insert(rows.members(notIn: RowSet())[0])
        for chunk in 0..<50 {
            guard let words = rows.words(ofChunk: chunk) else { continue }
            #expect(words.count == RowSet.chunkRowCount / 64)
            rebuilt.formUnion(chunk: chunk, words: words)
        }
        #expect(rebuilt == rows)
        #expect(rebuilt.count == rows.count)
        #expect(rows.words(ofChunk: 3) == nil)
        #expect(rows.words(ofChunk: 1000) == nil)
    }
}
