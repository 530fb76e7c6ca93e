extension InvertedLists {
    /// The number of list `index`, as it is in the keys of `lists` and in `assignments`.
    package func number(ofList index: Int) -> UInt32 { firstList + UInt32(index) }

    /// The index of the list with a number, or nil if it is none of those in force.
    package func index(ofNumber number: UInt32) -> Int? {
        guard number >= firstList, Int(number - firstList) < listCount else { return nil }
        return Int(number - firstList)
    }
}
