package import VDBPrimitives

/// What is wrong with an archive, or with the stream that it comes from or goes to.
package enum ArchiveError: Error, Hashable, CustomStringConvertible {
    /// It does not begin like one.
    case foreign
    /// Written by a later version.
    case unsupportedVersion(UInt32, supported: UInt32)
    /// Its tables are of a format version that this engine does not know.
    case unsupportedFormat(UInt32, supported: UInt32)
    /// The stream ends at this byte, where more must follow.
    case cut(offset: Int)
    /// What begins at this byte is not what was written.
    case damaged(offset: Int, reason: DecodingFailure)
    /// All checksums are right, and yet verifying what was restored found this.
    case unsound(findingCount: Int, first: String)
    /// The caller's own reading or writing failed.
    case stream(reason: String)
    /// The compressor failed, or cannot do what was asked.
    case compressor(reason: String)

    package var description: String {
        switch self {
        case .foreign:
            "it is no archive of a database: it does not begin like one"
        case .unsupportedVersion(let version, let supported):
            "the archive's version is \(version), this program knows \(supported); "
                + "use a newer program"
        case .unsupportedFormat(let version, let supported):
            "the archive's tables have format version \(version), this program knows \(supported); "
                + "use a newer program"
        case .cut(let offset):
            "the archive ends at byte \(offset), before its end: it was cut; use another copy"
        case .damaged(let offset, let reason):
            "the archive is damaged at byte \(offset): \(reason); use another copy"
        case .unsound(let count, let first):
            "verifying what was restored found \(count) errors; the first: \(first)"
        case .stream(let reason), .compressor(let reason):
            reason
        }
    }
}
