extension RandomAccessCollection where Index == Int {
    /// The first index whose element fulfils `condition`, where all after it do too; `endIndex` if
    /// none does. O(log n).
    @inlinable
    package func partitionPoint(where condition: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
