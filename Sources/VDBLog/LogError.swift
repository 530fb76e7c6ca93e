package import VDBPrimitives

/// Why the log could not be opened, read or written.
package enum LogError: Error, Hashable, CustomStringConvertible {
    /// A call failed that changed nothing in the log: open, read, list, remove.
    case system(SystemFailure)
    /// Bytes that were durable once are not what the format asks for.
    case damaged(file: String, offset: Int, reason: DecodingFailure)
    /// A segment of another database.
    case foreignSegment(file: String, stored: LogIdentity, expected: LogIdentity)
    /// A segment written by a later version.
    case unsupportedVersion(file: String, version: UInt32, supported: UInt32)
    /// A record that must be there is in no segment; `found` is the file that follows the gap.
    case missingSegment(directory: String, position: LogPosition, found: String?)
    /// A file called `….log` that is no segment, or a segment where none may be.
    case unexpectedFile(String)
    /// A write or sync failed before; the log must be opened again.
    case poisoned(SystemFailure)
    /// There was no room: all records after `keptThrough` were taken back, as if never appended.
    ///
    /// Thrown until `LogWriter.resume`.
    case takenBack(SystemFailure, keptThrough: LogPosition)
    /// A payload longer than a frame can hold.
    case payloadTooLarge(size: Int, limit: Int)
    /// Sync was asked for a record that was not appended, or was taken back.
    case notAppended(LogPosition, last: LogPosition)
    /// The writer was closed.
    case closed(String)

    package var description: String {
        switch self {
        case .system(let failure):
            "cannot use the log: \(failure)"
        case .damaged(let file, let offset, let reason):
            "cannot read log segment \(file): damaged at byte \(offset): \(reason);"
                + " restore a backup, or salvage what is valid with `vdbtool repair`"
        case .foreignSegment(let file, let stored, let expected):
            "cannot read log segment \(file): it belongs to database \(stored),"
                + " not to \(expected)"
        case .unsupportedVersion(let file, let version, let supported):
            "cannot read log segment \(file): its format version is \(version),"
                + " this program knows \(supported); use a newer program"
        case .missingSegment(let directory, let position, let found):
            "cannot read log \(directory): the segment with record \(position) is missing,"
                + (found.map { " the next one is \($0)" } ?? " there is none after it")
        case .unexpectedFile(let file):
            "cannot use the log: \(file) is no segment of it, and must not be there"
        case .poisoned(let cause):
            "cannot write to the log: a call failed before: \(cause); open the database again"
        case .takenBack(let cause, let kept):
            "cannot write to the log: \(cause); records after \(kept) were taken back"
        case .payloadTooLarge(let size, let limit):
            "cannot append to the log: the record has \(size) bytes, the limit is \(limit)"
        case .notAppended(let position, let last):
            "cannot sync the log through record \(position): the last one is \(last)"
        case .closed(let directory):
            "cannot use log \(directory): it was closed"
        }
    }
}
