/// What a database goes through while power is lost or calls fail.
enum Script {
    enum Step: Sendable {
        /// The next call.
        case call
        case checkpoint
        /// Trains anew.
        case maintain
        /// Reclaims, splits and merges; with as many lists as the database was opened with.
        case tend
        case compact
        case reopen(listCount: Int)
    }

    /// The ids of its records; enough for an index.
    static let ids: Range<UInt64> = 0..<300

    /// Writing, checkpoints, index builds, splits, merges, reclaiming, compacting, closing and
    /// reopening; the log takes several segments.
    static let steps: [Step] =
        calls(6) + [.checkpoint] + calls(4) + [.maintain] + calls(14) + [.checkpoint]
        + calls(3) + [.reopen(listCount: 12)] + calls(5) + [.tend] + calls(7) + [.tend]
        + calls(2) + [.compact] + calls(2) + [.reopen(listCount: 4), .tend] + calls(2)
        + [.maintain] + calls(2)

    private static func calls(_ count: Int) -> [Step] {
        [Step](repeating: .call, count: count)
    }
}
