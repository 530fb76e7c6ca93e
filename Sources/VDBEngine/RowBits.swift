internal import VDBPrimitives

/// A bit for each row, all 0 between its uses.
struct RowBits: ~Copyable {
    private var words = Buffer<UInt64>()
    private var wordCount = 0

    /// Runs `body` with the bits of `rowCount` rows; it must leave them 0.
    mutating func withMarks<Result>(
        rowCount: Int, _ body: (borrowing Marks) -> Result
    ) -> Result {
        let needed = (rowCount + 63) / 64
        if needed > wordCount {
            words.reserve(needed)
            words.start.update(repeating: 0, count: needed)
            wordCount = needed
        }
        return body(Marks(words: words.start, rowCount: rowCount))
    }

    /// The bits while they are in use.
    struct Marks {
        let words: UnsafeMutablePointer<UInt64>
        let rowCount: Int

        /// Whether the row's bit was 0; it is 1 then.
        @inline(__always)
        func insert(_ row: UInt32) -> Bool {
            precondition(Int(row) < rowCount, "row \(row) of \(rowCount)")
            let bit: UInt64 = 1 << UInt64(row & 63)
            let word = words + Int(row >> 6)
            defer { word.pointee |= bit }
            return word.pointee & bit == 0
        }

        /// Makes a row's bit 1.
        @inline(__always)
        func set(_ row: UInt32) {
            precondition(Int(row) < rowCount, "row \(row) of \(rowCount)")
            words[Int(row >> 6)] |= 1 << UInt64(row & 63)
        }

        /// Whether the row's bit was 1; it is 0 then.
        @inline(__always)
        func take(_ row: UInt32) -> Bool {
            precondition(Int(row) < rowCount, "row \(row) of \(rowCount)")
            let bit: UInt64 = 1 << UInt64(row & 63)
            let word = words + Int(row >> 6)
            guard word.pointee & bit != 0 else { return false }
            word.pointee &= ~bit
            return true
        }

        /// Makes the bit of a row 0, and those of its neighbours.
        @inline(__always)
        func remove(_ row: UInt32) { words[Int(row >> 6)] = 0 }
    }
}
