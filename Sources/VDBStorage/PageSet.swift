/// The pages of a file that are accounted for: one bit a page.
struct PageSet {
    private var words: [UInt64]
    /// Pages 0 ..< count can be members.
    let count: UInt64

    init(count: UInt64) {
        self.count = count
        words = [UInt64](repeating: 0, count: Int((count + 63) / 64))
    }

    func contains(_ page: UInt64) -> Bool {
        page < count && words[Int(page >> 6)] >> (page & 63) & 1 == 1
    }

    /// Adds a run of pages, which must be below `count`.
    ///
    /// - Returns: the first page that was a member already, if one was.
    mutating func insert(_ run: Range<UInt64>) -> UInt64? {
        precondition(run.upperBound <= count, "pages \(run) of \(count)")
        var repeated: UInt64?
        var page = run.lowerBound
        while page < run.upperBound {
            // As many as lie in the same word.
            let end = min((page | 63) + 1, run.upperBound)
            let mask = (UInt64.max >> (64 - (end - page))) << (page & 63)
            let taken = words[Int(page >> 6)] & mask
            if taken != 0 && repeated == nil {
                repeated = page & ~63 + UInt64(taken.trailingZeroBitCount)
            }
            words[Int(page >> 6)] |= mask
            page = end
        }
        return repeated
    }
}
