internal import VDBPrimitives

/// The entries that a filter is being evaluated on.
struct EntryRun {
    /// One per physical column, alive as long as the evaluation.
    let columns: UnsafeBufferPointer<ColumnView>
    let count: Int

    var wordCount: Int { (count + 63) / 64 }

    /// A bit for every entry of the word.
    func members(_ word: Int) -> UInt64 { UInt64(ofFirst: count, word: word) }

    /// The entries, some words at a time.
    var strips: StripSequence { StripSequence(run: self) }

    struct StripSequence: Sequence, IteratorProtocol {
        let run: EntryRun
        private var word = 0

        init(run: EntryRun) { self.run = run }

        @inline(__always)
        mutating func next() -> EntryStrip? {
            guard word < run.wordCount else { return nil }
            defer { word += EntryStrip.wordCount }
            return EntryStrip(run: run, word: word)
        }
    }
}

/// Up to 256 neighbouring entries of a run, as many as a block of a list has.
struct EntryStrip {
    let run: EntryRun
    /// The first word.
    let word: Int

    static let wordCount = 4
    /// A bit for each entry.
    typealias Bits = SIMD4<UInt64>

    /// A bit for each of the entries.
    var members: Bits {
        var bits = Bits()
        for index in 0..<min(Self.wordCount, run.wordCount - word) {
            bits[index] = run.members(word + index)
        }
        return bits
    }

    var start: Int { word * 64 }
    var count: Int { min(Self.wordCount * 64, run.count - start) }

    /// A bit for every entry that is not null; bits past the last entry mean nothing.
    func valid(_ column: Int) -> Bits {
        run.columns[column].validity.map {
            bits(of: UnsafeBufferPointer(start: $0, count: run.wordCount))
        } ?? Bits(repeating: .max)
    }

    /// The strip's words of a mask of the whole run; 0 past the last.
    @inline(__always)
    func bits(of mask: UnsafeBufferPointer<UInt64>) -> Bits {
        var bits = Bits()
        for index in 0..<min(Self.wordCount, run.wordCount - word) {
            bits[index] = mask[word + index]
        }
        return bits
    }

    @inline(__always)
    func store(_ bits: Bits, into mask: UnsafeMutableBufferPointer<UInt64>) {
        for index in 0..<min(Self.wordCount, run.wordCount - word) {
            mask[word + index] = bits[index]
        }
    }

    func cells(_ column: Int) -> CellScan {
        CellScan(view: run.columns[column], start: start, count: count)
    }
}

extension EntryStrip.Bits {
    /// Runs `body` with each set bit's number.
    func forEach(_ body: (Int) -> Void) {
        for word in indices { self[word].forEachSetBit { body(word * 64 + $0) } }
    }

    /// Runs `body` with the memory of the words.
    @inline(__always)
    mutating func withWords(_ body: (UnsafeMutablePointer<UInt64>) -> Void) {
        withUnsafeMutableBytes(of: &self) { bytes in
            guard let start = bytes.baseAddress else { return }
            body(start.assumingMemoryBound(to: UInt64.self))
        }
    }
}
