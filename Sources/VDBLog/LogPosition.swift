/// The number of a record in the log; the field calls it LSN.
///
/// Positions are consecutive: the first record of a database has 1, every later one that of its
/// predecessor plus one.
package struct LogPosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number as it is stored.
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Before the first record: nothing.
    package static let none = LogPosition(0)

    /// Positions above it are refused where they are read, whoever wrote them: adding to those
    /// below never overflows.
    package static let limit = LogPosition(1 << 62)

    /// The position of the record after this one.
    package var next: LogPosition { LogPosition(rawValue + 1) }

    /// The position of the record before this one; `none` has no predecessor.
    package var previous: LogPosition {
        precondition(rawValue > 0, "the position before \(rawValue)")
        return LogPosition(rawValue - 1)
    }

    package static func < (left: LogPosition, right: LogPosition) -> Bool {
        left.rawValue < right.rawValue
    }

    package var description: String { String(rawValue) }
}
