/// What a database goes through while power is lost or calls fail.
enum Script {
    enum Step: Sendable {
        /// The next call.
        case call
        case checkpoint
        case maintain
        case reopen
    }

    /// The ids of its records; enough for an index.
    static let ids: Range<UInt64> = 0..<300

    /// Writing, checkpoints, index builds, closing and reopening; the log takes several segments.
    static let steps: [Step] =
        calls(6) + [.checkpoint] + calls(4) + [.maintain] + calls(14) + [.checkpoint]
        + calls(3) + [.reopen] + calls(5) + [.maintain] + calls(2) + [.reopen] + calls(2)

    private static func calls(_ count: Int) -> [Step] {
        [Step](repeating: .call, count: count)
    }
}
