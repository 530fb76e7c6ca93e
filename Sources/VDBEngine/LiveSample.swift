internal import VDBIndex
internal import VDBPrimitives

extension Snapshot {
    /// Some of the live rows in the tables, all equally likely; fewer if there are no more.
    ///
    /// However many rows have died: after years of deletions most numbers are those of dead ones.
    func liveSample(_ count: Int, _ random: inout RandomSource) -> [UInt32] {
        let rowCount = stored.rows.count
        guard dead.count > 0 else {
            return random.sample(count, below: rowCount).map { UInt32($0) }
        }
        let live = (0..<UInt32(rowCount)).filter { !dead.contains($0) }
        return random.sample(count, below: live.count).map { live[$0] }
    }
}
