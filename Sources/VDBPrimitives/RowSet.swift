/// A set of rows as a chunked bitmap with value semantics.
///
/// Chunks are shared between copies until one of them changes, so that a snapshot keeps its own
/// view for the price of the list of chunks; chunks without members take no memory.
package struct RowSet: Sendable, Hashable {
    /// Rows per chunk.
    package static let chunkRowCount = 8192
    private static let wordCount = chunkRowCount / 64
    /// Chunks for all rows that there can be.
    package static let chunkLimit = (1 << 32) / chunkRowCount

    private var chunks: [[UInt64]] = []
    /// The number of members.
    package private(set) var count = 0

    package init() {}

    package func contains(_ row: UInt32) -> Bool {
        let chunk = Int(row) / Self.chunkRowCount
        guard chunk < chunks.count else { return false }
        let words = chunks[chunk]
        guard !words.isEmpty else { return false }
        let bit = Int(row) % Self.chunkRowCount
        return words[bit >> 6] >> UInt64(bit & 63) & 1 == 1
    }

    /// Adds a row; false if it was a member.
    @discardableResult
    package mutating func insert(_ row: UInt32) -> Bool {
        let chunk = Int(row) / Self.chunkRowCount
        while chunks.count <= chunk { chunks.append([]) }
        if chunks[chunk].isEmpty {
            chunks[chunk] = [UInt64](repeating: 0, count: Self.wordCount)
        }
        let bit = Int(row) % Self.chunkRowCount
        let mask = UInt64(1) << UInt64(bit & 63)
        guard chunks[chunk][bit >> 6] & mask == 0 else { return false }
        chunks[chunk][bit >> 6] |= mask
        count += 1
        return true
    }

    /// Whether all rows of a range are members.
    package func containsAll(_ rows: Range<Int>) -> Bool { count(in: rows) == rows.count }

    /// How many rows of a range are members.
    package func count(in rows: Range<Int>) -> Int {
        var sum = 0
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (chunk, bit) = row.quotientAndRemainder(dividingBy: Self.chunkRowCount)
            guard chunk < chunks.count else { break }
            let wordEnd = min(row - bit % 64 + 64, rows.upperBound)
            if chunks[chunk].isEmpty {
                row = (chunk + 1) * Self.chunkRowCount
                continue
            }
            let below = UInt64.max << UInt64(bit % 64)
            let width = wordEnd - (row - bit % 64)
            let above = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
            sum += (chunks[chunk][bit / 64] & below & above).nonzeroBitCount
            row = wordEnd
        }
        return sum
    }

    /// The bitmap of one chunk (128 words), or nil if none of its rows is a member.
    package func words(ofChunk chunk: Int) -> [UInt64]? {
        guard chunk < chunks.count, !chunks[chunk].isEmpty else { return nil }
        return chunks[chunk]
    }

    /// Adds all members of a chunk's bitmap.
    package mutating func formUnion(chunk: Int, words: [UInt64]) {
        precondition(
            words.count == Self.wordCount && chunk < Self.chunkLimit,
            "\(words.count) words in chunk \(chunk) of rows")
        while chunks.count <= chunk { chunks.append([]) }
        if chunks[chunk].isEmpty {
            chunks[chunk] = words
            count += words.reduce(0) { $0 + $1.nonzeroBitCount }
            return
        }
        for (index, word) in words.enumerated() {
            count += (word & ~chunks[chunk][index]).nonzeroBitCount
            chunks[chunk][index] |= word
        }
    }

    /// The chunks in which this set differs from `earlier`, ascending.
    package func chunksChanged(since earlier: RowSet) -> [Int] {
        (0..<chunks.count).filter { chunk in
            chunk >= earlier.chunks.count
                ? !chunks[chunk].isEmpty : chunks[chunk] != earlier.chunks[chunk]
        }
    }

    /// The members that `earlier` lacks, ascending.
    package func members(notIn earlier: RowSet) -> [UInt32] {
        var rows: [UInt32] = []
        for chunk in chunksChanged(since: earlier) {
            let old = earlier.words(ofChunk: chunk)
            for (index, word) in chunks[chunk].enumerated() {
                let added = word & ~(old?[index] ?? 0)
                added.forEachSetBit { bit in
                    rows.append(UInt32(chunk * Self.chunkRowCount + index * 64 + bit))
                }
            }
        }
        return rows
    }
}
