extension UInt64 {
    /// A word of a mask whose first `count` bits are set and no others: its `word`-th.
    @inlinable
    package init(ofFirst count: Int, word: Int) {
        self = .max >> UInt64(64 - Swift.max(0, Swift.min(64, count - word * 64)))
    }

    /// Runs `body` with the number of each set bit, the lowest first.
    @inlinable @inline(__always)
    package func forEachSetBit<Failure: Error>(
        _ body: (Int) throws(Failure) -> Void
    ) throws(Failure) {
        var rest = self
        while rest != 0 {
            try body(rest.trailingZeroBitCount)
            rest &= rest - 1
        }
    }
}
