/// Why a call failed.
public struct VectorDBError: Error, Hashable, CustomStringConvertible {
    /// What kind of failure it is; the values are those of the C interface and never change.
    public enum Code: Int32, Sendable, CaseIterable {
        /// The call's own input: wrong dimension, NaN, zero vector under cosine, k = 0 …
        case invalidArgument = 1
        /// An id that is there already.
        case duplicateID = 2
        /// An id that is not there.
        case notFound = 3
        /// A filter that cannot be read or does not fit the schema.
        case invalidFilter = 4
        /// There is no database at the path.
        case noDatabase = 5
        /// Something is at the path already.
        case alreadyExists = 6
        /// Another writer, or this process, has it open.
        case inUse = 7
        /// Opened without the right to write.
        case readOnly = 8
        /// Used after `close()`, or in a process forked off the one that opened it.
        case closed = 9
        /// Stored bytes are not what was written, or were never a database.
        case damaged = 10
        /// Written by a format version that this engine does not know.
        case unsupportedFormat = 11
        /// Reading or writing failed.
        case inputOutput = 12
        /// A write failed before: reads go on, writes need the database to be opened again.
        case poisoned = 13
        /// The reserved address space is used up.
        case mapFull = 14
        /// The disk or the quota is full: nothing is lost, and it goes on when there is room.
        case noRoom = 15
        /// Another database, or none, is at the path now: open it again.
        case replaced = 16
    }

    public let code: Code
    /// `cannot <verb> <object>: <reason with the numbers>`.
    public let message: String
    /// The failure underneath, if there is one.
    public let cause: String?

    public init(code: Code, message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
