internal import VDBPrimitives

/// Ids by row, as far as they are known.
///
/// Rows may be any numbers: those far above all others are kept one by one, so that the memory is
/// in proportion to how many there are.
struct KnownIDs {
    /// Of rows from 0 on, without gaps in the array.
    private var values: [UInt64] = []
    private var known = RowSet()
    private var far: [UInt32: UInt64] = [:]
    private(set) var count = 0

    /// So many places of the array may be empty, beside as many as are taken.
    private static let gapLimit = 1 << 20

    subscript(row: UInt32) -> UInt64? {
        if let id = far[row] { return id }
        return Int(row) < values.count && known.contains(row) ? values[Int(row)] : nil
    }

    mutating func set(_ id: UInt64, row: UInt32) {
        if self[row] == nil { count += 1 }
        guard Int(row) < 4 * count + Self.gapLimit else {
            far[row] = id
            return
        }
        far[row] = nil
        if Int(row) >= values.count {
            values.append(contentsOf: repeatElement(0, count: Int(row) + 1 - values.count))
        }
        values[Int(row)] = id
        known.insert(row)
    }

    /// The rows below `end` that are known, ascending.
    func rows(below end: Int) -> [UInt32] {
        let near = known.members(notIn: RowSet())
        let all = far.isEmpty ? near : (near + far.keys).sorted()
        return Array(all.prefix { Int($0) < end })
    }
}
