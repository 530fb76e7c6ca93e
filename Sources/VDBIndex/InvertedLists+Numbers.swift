extension InvertedLists {
    /// The index of the list with a number, or nil if it is none of those in force.
    package func index(ofNumber number: UInt32) -> Int? {
        numbers.firstIndex(of: number)
    }
}
